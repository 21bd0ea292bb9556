"""What may happen to whoever reads a damaged file, and what is a fault.

- A command ends with exit code 0, 1 or 2; 2 comes with a remedy (or, for usage, with how it is
  called). A function raises what it documents. Anything else that is raised is a fault.
- Nothing takes more than LIMIT seconds of processor time.
- Nothing that is printed acts on the terminal.
- A command that fails leaves no output, neither under the name it was given nor beside it.
- `check` says that every claim holds only where source, codes and certificate are what they were.
"""

from __future__ import annotations

import faulthandler
import io
import json
import shutil
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from typer.main import get_command

from veriquant.cli import app
from veriquant.text import brief

#: Seconds of processor time that one command or call may take.
LIMIT = 5.0
#: Seconds by the clock after which the whole run is ended with a stack trace: a deadlock.
DEADLOCK = 300.0
#: What a certificate says that nothing in a checkpoint can contradict.
UNCHECKED = (
    ("verification", "reason"), ("settings", "include"), ("settings", "exclude"),
    ("settings", "calibration"),
)  # fmt: skip


class Fault(AssertionError):
    """Something that must not happen did."""


def signature(fault: Fault) -> str:
    """What tells faults apart: the place that raised, or the words of the oracle."""
    cause = fault.__cause__
    if cause is None or cause.__traceback__ is None:
        return str(fault).split(":")[0] + str(fault).rpartition(":")[2]
    place = traceback.extract_tb(cause.__traceback__)[-1]
    return f"{type(cause).__name__} {place.filename}:{place.lineno}"


def described(fault: Fault, case: object) -> str:
    """A fault for people: the case, what happened, the calls that led to it."""
    lines = [f"{case}", f"  {fault}"]
    if fault.__cause__ is not None:
        frames = traceback.extract_tb(fault.__cause__.__traceback__)[-6:]
        lines += [f"    {f.filename}:{f.lineno} {f.name}: {f.line}" for f in frames]
    return "\n".join(lines)


class _Hang(BaseException):
    """Raised inside what takes too long; no `except Exception` catches it."""


_watched: list[float] = []


def _watch() -> None:
    """End the process with a stack trace if this is not called again for long enough."""
    now = time.monotonic()
    if not _watched or now - _watched[-1] > DEADLOCK / 10:  # arming takes milliseconds
        faulthandler.dump_traceback_later(DEADLOCK, exit=True)
        _watched[:] = [now]


def watch_no_more() -> None:
    """The fuzzer has ended, its process may go on."""
    faulthandler.cancel_dump_traceback_later()
    _watched.clear()


@contextmanager
def limited(what: str) -> Iterator[None]:
    """Raise Fault when the block takes more than LIMIT seconds of processor time."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise _Hang

    _watch()
    warned = warnings.catch_warnings()
    warned.__enter__()
    warnings.simplefilter("error", RuntimeWarning)  # values that overflow or vanish on the way
    warnings.simplefilter("error", np.exceptions.ComplexWarning)
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGPROF, stop) if main else None
    signal.setitimer(signal.ITIMER_PROF, LIMIT if main else 0.0)
    try:
        yield
    except _Hang:
        raise Fault(f"{what}: still running after {LIMIT:g} s of processor time") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        if main:
            signal.signal(signal.SIGPROF, before)
        warned.__exit__(None, None, None)


def command(arguments: Sequence[object], out: Path | None = None) -> int:
    """Run a command line that writes to `out`; its exit code. Raises Fault."""
    words = [str(argument) for argument in arguments]
    what = "veriquant " + " ".join(words)
    before = _names(out)
    said, complained = io.StringIO(), io.StringIO()
    code: Any = 0
    with limited(what), redirect_stdout(said), redirect_stderr(complained):
        try:
            _command().main(args=words, prog_name="veriquant")
        except SystemExit as end:
            code = end.code
        except Exception as error:
            raise Fault(f"{what}: {type(error).__name__}: {brief(str(error))}") from error
    if code not in (0, 1, 2):
        raise Fault(f"{what}: exit code {code}")
    errors = complained.getvalue()
    if code == 2 and "Remedy: " not in errors and "Usage: " not in errors:
        raise Fault(f"{what}: exit code 2 without a remedy: {brief(errors)}")
    for line in (said.getvalue() + errors).split("\n"):
        if not line.isprintable():
            raise Fault(f"{what}: prints {line[:200]!r}")
    if out is not None:
        left = _names(out) - before
        if code != 0 and left:
            raise Fault(f"{what}: failed and left {sorted(left)}")
        if code == 0 and out.name not in left:
            raise Fault(f"{what}: succeeded without its output")
    return int(code)


@cache
def _command() -> Any:
    return get_command(app)  # built once: it takes longer than what most commands do


def call(what: str, function: Callable[[], Any], *documented: type[BaseException]) -> Any:
    """The result of `function`, None where it raises one of `documented`. Raises Fault."""
    with limited(what):
        try:
            return function()
        except Fault:
            raise
        except documented:
            return None
        except Exception as error:
            raise Fault(f"{what}: {type(error).__name__}: {brief(str(error))}") from error


def _names(out: Path | None) -> set[str]:
    return set() if out is None else {path.name for path in out.parent.iterdir()}


def contents(folder: Path) -> dict[str, Any]:
    """What the safetensors files of a folder hold, as the library itself reads them.

    Dtype, shape and bytes of every entry, and the record of every quantized tensor.
    """
    from safetensors import deserialize, safe_open

    reader: Any = deserialize
    opener: Any = safe_open
    found: dict[str, Any] = {}
    for path in sorted(folder.glob("*.safetensors")):
        for name, entry in reader(path.read_bytes()):
            found[name] = (entry["dtype"], tuple(entry["shape"]), bytes(entry["data"]))
        with opener(path, framework="np") as file:
            text = (file.metadata() or {}).get("veriquant")
        if text is not None:
            found[f"{path.name} metadata"] = json.loads(text)
    return found


def certified(path: Path) -> Any:
    """What a certificate states, without what nothing can contradict."""
    stated = json.loads(path.read_text(encoding="utf-8"))
    for section, key in UNCHECKED:
        stated[section][key] = None
    return stated


def discard(*paths: Path) -> None:
    """Delete what a command wrote."""
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

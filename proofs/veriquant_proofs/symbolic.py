"""CrossHair on the kernels: symbolic execution of the running function against its contracts.

This is a check of the verifier by an unrelated reading of Python: CrossHair runs the decorated
function itself, on symbolic values. Outcomes are kept in `build/crosshair.json` under a hash of the
kernel and everything it reaches, so `make test` explores again only what changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import inspect
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from veriquant import files
from veriquant_proofs.core.syntax import Function, FunctionId, Program
from veriquant_proofs.core.traverse import callees
from veriquant_proofs.places import REPOSITORY
from veriquant_proofs.processes import Failure, call_apart

#: Processor seconds for one contract condition, and for all of one kernel.
CONDITION_SECONDS = 2.0
KERNEL_SECONDS = 6.0

#: Seconds after which a kernel's process is stopped: its limits count processor time, and one path
#: may overstep them.
HARD_LIMIT = 90.0

CONFIRMED = "confirmed"
COUNTEREXAMPLE = "counterexample"
NOT_FOUND = f"no counterexample within {KERNEL_SECONDS:g} s"
NOT_SUPPORTED = "not supported"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What CrossHair found out about one kernel, and the hash of the sources it is about.

    `outcome` is "confirmed" (over all paths, every condition), "no counterexample within N s",
    "counterexample" or "not supported"; `detail` says how far it came, or why.
    """

    outcome: str
    detail: str
    sha256: str


def source_key(program: Program, function: Function) -> str:
    """Hash of a kernel, of everything marked that it reaches, of CrossHair and the limits."""
    texts: dict[str, str] = {}
    stack: list[FunctionId] = [function.id]
    while stack:
        current = program[stack.pop()]
        if str(current.id) not in texts:
            texts[str(current.id)] = current.text
            stack += callees(current)
    limits = [_crosshair_version(), CONDITION_SECONDS, KERNEL_SECONDS]
    content = json.dumps([sorted(texts.items()), limits])
    return hashlib.sha256(content.encode()).hexdigest()


def _crosshair_version() -> str:
    try:
        return version("crosshair-tool")
    except PackageNotFoundError:
        return "not installed"


def explore(program: Program, function: Function, kept: Path | None = None) -> Outcome:
    """CrossHair's outcome on a kernel, from the file `kept` where the sources are unchanged."""
    key = source_key(program, function)
    if kept is not None:
        known = read_outcomes(kept).get(function.label)
        if known is not None and known.get("sha256") == key:
            return Outcome(**known)
    place = (str(REPOSITORY / function.file), function.id.module, function.id.name)
    found = call_apart([(_explore, place)], HARD_LIMIT)[0]
    if isinstance(found, Failure):
        found = NOT_SUPPORTED, found.reason
    outcome = Outcome(found[0], found[1], key)
    if kept is not None:
        _keep(kept, function.label, outcome)
    return outcome


def read_outcomes(path: Path) -> dict[str, dict[str, Any]]:
    """Outcomes by kernel; none where the file is not there or is damaged."""
    try:
        kernels: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["kernels"]
        return kernels
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _keep(path: Path, kernel: str, outcome: Outcome) -> None:
    """Add an outcome to the file; several processes of a test run may do so at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kernels = {**read_outcomes(path), kernel: asdict(outcome)}
        text = json.dumps({"kernels": kernels}, indent=1, sort_keys=True) + "\n"
        files.write_text(path, text, durable=False)


def _explore(file: str, module: str, name: str) -> tuple[str, str]:
    """Outcome and detail; runs in a process of its own."""
    function = _function(Path(file), module, name)
    from crosshair.core_and_libs import analyze_function
    from crosshair.options import AnalysisKind, AnalysisOptionSet
    from crosshair.statespace import MessageType

    def options(seconds: float) -> Any:
        return AnalysisOptionSet(
            analysis_kind=[AnalysisKind.icontract],
            report_all=True,
            per_condition_timeout=seconds,
        )

    bad = {MessageType.POST_FAIL, MessageType.POST_ERR, MessageType.EXEC_ERR}
    total = len(analyze_function(function, options(CONDITION_SECONDS)))
    if total == 0:
        return NOT_SUPPORTED, "CrossHair sees no contract"
    confirmed, problems, started = 0, [], time.process_time()
    for number in range(total):
        left = KERNEL_SECONDS - (time.process_time() - started)
        if left <= 0:
            break
        seconds = min(CONDITION_SECONDS, left)
        for message in analyze_function(function, options(seconds))[number].analyze():
            if message.state in bad:
                return COUNTEREXAMPLE, " ".join(message.message.split())
            if message.state is MessageType.CONFIRMED:
                confirmed += 1
            elif message.state is not MessageType.CANNOT_CONFIRM:
                problems.append(" ".join(message.message.split()))
    done = f"{confirmed} of {total} conditions confirmed over all paths"
    if confirmed == total:
        return CONFIRMED, done
    if confirmed == 0 and problems:
        return NOT_SUPPORTED, "; ".join(dict.fromkeys(problems))
    return NOT_FOUND, done


def _function(file: Path, module: str, name: str) -> Callable[..., Any]:
    """The decorated function, from its own file: the module's, or a changed copy."""
    try:
        found = importlib.import_module(module)
        same = Path(inspect.getfile(found)).resolve() == file
    except ImportError:
        same = False
    if not same:
        from importlib.util import module_from_spec, spec_from_file_location

        spec = spec_from_file_location(module, file)
        assert spec is not None and spec.loader is not None
        found = module_from_spec(spec)
        sys.modules[module] = found  # CrossHair looks it up; this process does nothing else
        spec.loader.exec_module(found)
    function: Callable[..., Any] = getattr(found, name)
    return function

"""Compile the modules of the Lean package, each in a child process, and only what changed."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: no lock; builds stay correct, they may repeat work
    fcntl = None  # type: ignore[assignment]

from veriquant import files
from veriquant_proofs.lean import package
from veriquant_proofs.lean.launcher import compiler_digest, run_lean

_TYPE_CHECKING = re.compile(r"type checking took ([\d.]+)(ms|s)")
_PROFILE = ["-Dprofiler=true", "-Dprofiler.threshold=1"]
"""Ask for the time of each step of a command that takes a millisecond or more."""

_KEY_BYTES = 32

MODULE_TIMEOUT = 900.0
"""Seconds one module may take; the slowest needs a few on a machine that does nothing else."""


class LeanCheckError(RuntimeError):
    """Lean refused something; the message names file, line and what Lean said."""


class ModuleError(LeanCheckError):
    """Lean refused a module; all that do not import it are compiled."""

    def __init__(self, module: str, text: str) -> None:
        """`module` is its Lean name."""
        super().__init__(text)
        self.module = module


@dataclass(frozen=True)
class Built:
    """A compiled module.

    `key` hashes all it was built from, the compiler among it; `seconds` is the wall time when it
    was compiled; `kernel` maps a line on which a command begins to the milliseconds the kernel
    spent on that command.
    """

    name: str
    key: str
    olean_sha256: str
    seconds: float
    kernel: dict[str, float]


def digest(*parts: bytes) -> str:
    """Return the SHA-256 of the parts, each preceded by its length."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "little"))
        total.update(part)
    return total.hexdigest()


def messages(output: str) -> list[dict[str, object]]:
    """Parse the lines that `lean --json` prints; other lines become messages of their own."""
    found: list[dict[str, object]] = []
    for line in output.splitlines():
        try:
            item = json.loads(line)
        except json.JSONDecodeError:
            if line.strip():
                found.append({"severity": "output", "data": line, "pos": {"line": 0, "column": 0}})
            continue
        if isinstance(item, dict):
            found.append(item)
    return found


def kernel_times(found: list[dict[str, object]]) -> dict[str, float]:
    """Sum the profiler's `type checking took …` by the line on which the command begins."""
    total: dict[str, float] = {}
    for message in found:
        pos = message.get("pos")
        if not isinstance(pos, dict):
            continue
        for number, unit in _TYPE_CHECKING.findall(str(message.get("data", ""))):
            milliseconds = float(number) * (1000.0 if unit == "s" else 1.0)
            line = str(pos["line"])
            total[line] = round(total.get(line, 0.0) + milliseconds, 3)
    return total


def describe(path: Path, output: str, limit: int = 8) -> str:
    """Return the first errors of a `lean --json` output in the form `file:line:column: text`."""
    found = messages(output)
    picked = [m for m in found if m.get("severity") == "error"]
    picked = picked or [m for m in found if m.get("severity") in ("warning", "output")]
    lines = []
    for message in picked[:limit]:
        pos = message.get("pos")
        where = f"{pos['line']}:{pos['column']}" if isinstance(pos, dict) else "?"
        lines.append(f"{path}:{where}: {str(message.get('data', '')).strip()}")
    return "\n".join(lines) or f"{path}: lean failed and printed nothing"


def module_keys(modules: list[package.Module], options: list[str]) -> dict[str, str]:
    """Return, for each module, a hash of all that its compilation depends on: sources, compiler."""
    keys: dict[str, str] = {}
    common = digest(compiler_digest().encode(), *(o.encode() for o in options))
    for module in modules:
        parts = [keys[name] for name in module.imports]
        keys[module.name] = digest(
            common.encode(), module.text.encode(), *(part.encode() for part in parts)
        )
    return keys


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: two builds of one folder wait for each other instead of repeating."""
    with (folder / ".lock").open("w") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _seal(record: Built, secret: bytes) -> str:
    """Return the keyed digest of a record: who has not the key cannot make one that is believed."""
    return hmac.new(secret, json.dumps(asdict(record)).encode(), "sha256").hexdigest()


def seal_key() -> bytes:
    """Return this user's key, made at first use and kept outside every build folder.

    So a build folder that came with a checkout, an archive or a cache of others is built again.
    Where no file can be kept, the key lives as long as the process.
    """
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    path = Path(state) / "veriquant" / "lean-build.key"
    fresh = secrets.token_bytes(_KEY_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            with tempfile.NamedTemporaryFile(dir=path.parent) as file:  # mode 0600
                file.write(fresh)
                file.flush()
                with suppress(FileExistsError):  # another process was first: its key counts
                    os.link(file.name, path)
        known = path.read_bytes()
    except OSError:
        return fresh
    return known if len(known) == _KEY_BYTES else fresh


def _reusable(stem: Path, key: str, secret: bytes) -> Built | None:
    """Return the record of an earlier build if its seal, key and olean are what they should be."""
    try:
        stored = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
        record = Built(**stored["built"])
        sealed = hmac.compare_digest(_seal(record, secret), stored["seal"])
        olean = stem.with_suffix(".olean").read_bytes()
    except (OSError, ValueError, TypeError, KeyError):
        return None
    good = sealed and record.key == key and digest(olean) == record.olean_sha256
    return record if good else None


def build(
    root: Path,
    out: Path,
    *,
    jobs: int = 1,
    fresh: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Built]:
    """Compile every module below `root` into `out`; reuse, unless `fresh`, what is up to date.

    Raises ModuleError with Lean's words if a module does not compile, LeanSourceError if the
    package itself is malformed, LeanUnavailableError without the wheel.
    """
    modules = package.load(root)
    options = package.options(root)
    keys = module_keys(modules, options)
    secret = seal_key()
    out.mkdir(parents=True, exist_ok=True)
    futures: dict[str, Future[Built]] = {}

    def compile_one(module: package.Module) -> Built:
        for name in module.imports:
            futures[name].result()
        stem = out / module.name.replace(".", "/")
        known = None if fresh else _reusable(stem, keys[module.name], secret)
        if known is not None:
            return known
        stem.parent.mkdir(parents=True, exist_ok=True)
        stem.with_suffix(".json").unlink(missing_ok=True)
        made = stem.with_name(f"{stem.name}.{os.getpid()}.olean")
        started = time.monotonic()
        run = run_lean(
            ["--json", *_PROFILE, *options, "-o", str(made), str(module.path.relative_to(root))],
            cwd=root,
            lean_path=out,
            timeout=MODULE_TIMEOUT,
        )
        seconds = time.monotonic() - started
        said = messages(run.output)
        holes = [m for m in said if "declaration uses" in str(m.get("data", ""))]
        if run.status != 0 or holes or not made.is_file():
            made.unlink(missing_ok=True)
            raise ModuleError(module.name, describe(module.path, run.output))
        sha = digest(made.read_bytes())
        made.replace(stem.with_suffix(".olean"))
        record = Built(module.name, keys[module.name], sha, round(seconds, 2), kernel_times(said))
        stored = {"built": asdict(record), "seal": _seal(record, secret)}
        files.write_bytes(stem.with_suffix(".json"), json.dumps(stored).encode())
        progress(f"lean {module.name} {seconds:.1f} s")
        return record

    # Submitted in import order, so a waiting task never blocks the one it waits for.
    with exclusive(out), ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        for module in modules:
            futures[module.name] = pool.submit(compile_one, module)
        return [futures[module.name].result() for module in modules]

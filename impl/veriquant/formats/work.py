"""Output that appears whole or not at all, and a run that can go on where it was killed.

Everything is written into a work folder `.NAME.partial` beside the output `NAME`; the finished
output is renamed to its final name, which is atomic. A shard that is complete is recorded in the
work folder's state file, so that a later run with the same settings and an unchanged source does
not repeat it. A lock keeps two runs from sharing a work folder.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from veriquant.errors import QuantizationError
from veriquant.formats.errors import BadInputError

STATE = "state.json"
LOCK = "lock"


def check_output(source: Path, out: Path) -> None:
    """Refuse an output that is its own source, lies inside it, or exists; raises BadInputError."""
    real_source, real_out = source.resolve(), out.resolve()
    if real_source == real_out:
        raise BadInputError(
            "input and output are the same path", file=out, remedy="choose another -o path"
        )
    if source.is_dir() and real_source in real_out.parents:
        raise BadInputError(
            "the output lies inside the input folder", file=out,
            remedy="choose an -o path outside of it",
        )  # fmt: skip
    if out.exists() or out.is_symlink():
        raise BadInputError(
            "the output exists already", file=out, remedy="remove it, or choose another -o path"
        )
    if not out.parent.is_dir():
        raise BadInputError(
            "the output's folder does not exist", file=out.parent, remedy="make it first"
        )


class WorkFolder:
    """The folder `.NAME.partial` in which the output `NAME` is made. Use as a context manager.

    `identity` (JSON-able) says what is being made; what an earlier run with another identity left
    is thrown away. On bad input the folder is removed; after a kill or a full disk it stays.
    """

    def __init__(self, out: Path, identity: Mapping[str, Any]) -> None:
        self.out = out
        self.path = out.with_name(f".{out.name}.partial")
        self.made = self.path / "made"
        self._identity = json.loads(json.dumps(identity))
        self._done: dict[str, Any] = {}
        self._lock = -1

    @property
    def done(self) -> Mapping[str, Any]:
        """Results of the shards an earlier run has completed, by name."""
        return self._done

    def __enter__(self) -> Self:
        with _clear_errors(self.out):
            self.path.mkdir(exist_ok=True)
            self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(self._lock)
                raise BadInputError(
                    "another run is writing this output", file=self.out,
                    remedy="wait for it, or choose another -o path",
                ) from error  # fmt: skip
            state = self._read_state()
            if state.get("identity") == self._identity:
                self._done = {
                    name: result
                    for name, result in state.get("done", {}).items()
                    if (self.made / name).is_file()
                    and (self.made / name).stat().st_size == result["size"]
                }
            elif self.made.exists():
                shutil.rmtree(self.made)
            self.made.mkdir(exist_ok=True)
        return self

    def _read_state(self) -> dict[str, Any]:
        try:
            state = json.loads((self.path / STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def make(self, name: str, write: Callable[[Path], None]) -> Path:
        """Have `write(temporary path)` make the file `name`; it appears under its name whole."""
        final = self.made / name
        temporary = final.with_name(final.name + ".tmp")
        with _clear_errors(self.out):
            final.parent.mkdir(parents=True, exist_ok=True)
            write(temporary)
            sync(temporary)
            temporary.replace(final)
        return final

    def record(self, name: str, result: Mapping[str, Any]) -> None:
        """Remember that the shard `name` is complete, with what was found out about it."""
        self._done[name] = {"size": (self.made / name).stat().st_size, **result}
        state = {"identity": self._identity, "done": self._done}
        with _clear_errors(self.out):
            write_text(self.path / STATE, json.dumps(state))

    def publish(self, name: str | None) -> None:
        """Give the output its final name: the file `name` of this folder, or (None) all of it."""
        with _clear_errors(self.out):
            if name is None:
                for folder, _, _ in os.walk(self.made):
                    sync(Path(folder))
            made = self.made if name is None else self.made / name
            # A rename onto a path that appeared meanwhile would replace a file of someone else's.
            if self.out.exists():
                raise BadInputError(
                    "the output appeared during the run", file=self.out,
                    remedy="remove it and run again: finished shards are kept",
                )  # fmt: skip
            made.rename(self.out)
            sync(self.out.parent)
            self.remove()

    def remove(self) -> None:
        """Delete the work folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        useless = error is not None and not self._done
        if useless or (
            isinstance(error, QuantizationError) and not isinstance(error, StorageError)
        ):
            self.remove()
        os.close(self._lock)


class StorageError(BadInputError):
    """The disk is full or not writable; what is finished is kept for the next run."""


class _clear_errors:
    """Turn an operating system error of writing into a StorageError that says what to do."""

    def __init__(self, out: Path) -> None:
        self._out = out

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, OSError):
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            raise StorageError(
                f"cannot write the output: {error.strerror or error}", file=self._out,
                remedy="free some space and run the same command again: finished shards are kept"
                if full
                else "choose an -o path in a writable folder",
            ) from error  # fmt: skip


def sync(path: Path) -> None:
    """Flush a file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems cannot sync folders
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write a small text file atomically."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def check_space(out: Path, needed: int) -> None:
    """Fail early when the disk cannot hold the output; raises StorageError."""
    free = shutil.disk_usage(out.parent).free
    if free < needed:
        raise StorageError(
            f"the output needs {needed:,} bytes, the disk has {free:,} free", file=out,
            remedy="free some space, or choose an -o path on another disk",
        )  # fmt: skip

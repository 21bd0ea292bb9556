"""Output that appears whole or not at all, and a run that can go on where it was killed.

Everything is made in a work folder `.NAME.partial` beside the output `NAME`:

    made/        files of the output that are complete
    unfinished/  the one that is being written
    journal      JSON lines, each behind its digest: what is being made and of which source, then
                 a line per complete file
    lock         keeps two runs from sharing the folder

A later run takes over the complete files if it makes the same from the same source, *all* of whose
files have the names, sizes and times of before; otherwise it starts afresh. Only what the later run
itself asks for is published, by one rename.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from veriquant import files
from veriquant.errors import QuantizationError
from veriquant.formats.errors import BadInputError

MADE, UNFINISHED, JOURNAL, LOCK, REPLACED = "made", "unfinished", "journal", "lock", "replaced"
#: What `--force` may replace: a safetensors file, or a folder that holds one (or nothing).
SUFFIX = ".safetensors"


def check_output(source: Path, out: Path, force: bool = False) -> None:
    """Refuse an output that is its own source, overlaps it, or exists; raises BadInputError.

    With `force` an output that exists is replaced at the end, if it is a checkpoint.
    """
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
    if real_out in real_source.parents:
        raise BadInputError(
            "the input lies inside the output", file=out, remedy="choose another -o path"
        )
    if out.exists() or out.is_symlink():
        if not force:
            raise BadInputError(
                "the output exists already", file=out,
                remedy="remove it, choose another -o path, or replace it with --force",
            )  # fmt: skip
        if out.name in ("", "..") or not _is_checkpoint(out):
            raise BadInputError(
                "--force replaces checkpoints alone, and this is none", file=out,
                remedy="remove it yourself, or choose another -o path",
            )  # fmt: skip
    if not out.parent.is_dir():
        raise BadInputError(
            "the output's folder does not exist", file=out.parent, remedy="make it first"
        )


def _is_checkpoint(path: Path) -> bool:
    if path.is_dir():
        names = [item.name for item in path.iterdir()]
        return not names or any(name.endswith(SUFFIX) for name in names)
    return path.is_symlink() or path.name.endswith(SUFFIX)


class WorkFolder:
    """The folder `.NAME.partial` in which the output `NAME` is made. Use as a context manager.

    `identity` (JSON-able) says what is being made, and of what: settings, program, and the manifest
    of the whole source. What an earlier run with another identity left is thrown away. On bad
    input the folder is removed; after a kill or a full disk it stays. `force`: an output that is
    there is replaced.
    """

    def __init__(self, out: Path, identity: Mapping[str, Any], force: bool = False) -> None:
        self.out = out
        self.path = out.with_name(f".{out.name}.partial")
        self.made = self.path / MADE
        self._identity = json.loads(json.dumps(identity))
        self._force = force
        self._done: dict[str, Any] = {}
        self._wanted: set[str] = set()
        self._lock = self._journal = -1

    @property
    def done(self) -> Mapping[str, Any]:
        """Results of the files that are complete, those of an earlier run among them, by name."""
        return self._done

    def __enter__(self) -> Self:
        with clear_errors(self.out):
            self._take_lock()
            try:
                self._open()
            except BaseException:
                self._close()
                raise
        return self

    def _take_lock(self) -> None:
        files.make_folder(self.path)
        self._lock = files.append(self.path / LOCK)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Who held the lock may have removed the folder with it before letting go.
            held = os.fstat(self._lock).st_ino == (self.path / LOCK).stat().st_ino
        except (BlockingIOError, FileNotFoundError):
            held = False
        if not held:
            self._close()
            raise BadInputError(
                "another run is writing this output", file=self.out,
                remedy="wait for it, or choose another -o path",
            )  # fmt: skip

    def _open(self) -> None:
        """Take over what an earlier run has completed, if it is part of this one."""
        files.remove(self.path / UNFINISHED)
        lines, valid = _read_journal(self.path / JOURNAL)
        same = bool(lines) and lines[0] == {"identity": self._identity}
        if not same:
            valid = 0
            files.remove(self.path / JOURNAL)
            files.remove(self.made)
        for line in lines[1:] if same else ():
            name, size = line.get("name"), line.get("size")
            path = self.made / str(name)
            if path.is_file() and path.stat().st_size == size:
                self._done[str(name)] = line.get("result")
        files.make_folder(self.made)
        files.make_folder(self.path / UNFINISHED)
        self._journal = files.append(self.path / JOURNAL)
        files.resize(self._journal, valid)  # a killed run may have written half a line
        if not same:
            self._note({"identity": self._identity})

    def _note(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line).encode()
        files.write(self._journal, _digest(text) + b" " + text + b"\n")
        files.flush(self._journal)

    def check_space(self, sizes: Mapping[str, int]) -> None:
        """Fail early when the disk cannot hold what is left to make; raises StorageError.

        sizes  bytes of every file of the output by name; those that are done take no more room
        """
        needed = sum(size for name, size in sizes.items() if name not in self._done)
        free = shutil.disk_usage(self.out.parent).free
        if free < needed:
            more = " more" if self._done else ""
            raise StorageError(
                f"the output needs {needed:,} bytes{more}, the disk has {free:,} free",
                file=self.out,
                remedy="free some space, or choose an -o path on another disk",
            )

    def make(self, name: str, write: Callable[[Path], Any]) -> Any:
        """Have `write(temporary path)` make the file `name`, unless it is done; its result.

        What `write` returns (JSON-able) is kept with the file. The file appears in `made` whole.
        """
        self._wanted.add(name)
        if name in self._done:
            return self._done[name]
        temporary = self.path / UNFINISHED / f"{Path(name).name}.tmp"
        with clear_errors(self.out):
            result = write(temporary)
            size = temporary.stat().st_size
            files.make_folder((self.made / name).parent)
            files.rename(temporary, self.made / name)
            self._note({"name": name, "size": size, "result": result})
        self._done[name] = result
        return result

    def place(self, path: Path, text: str) -> None:
        """Write a small file beside the output, under its final name; it appears whole."""
        temporary = self.path / UNFINISHED / path.name
        with clear_errors(path):
            files.put(temporary, text.encode())
            files.rename(temporary, path)

    def publish(self, name: str | None) -> None:
        """Give the output its final name: the file `name` of this folder, or (None) all of it.

        Of the folder `made`, what was not asked for by `make` in this run is removed before.
        """
        with clear_errors(self.out):
            if name is None:
                self._sweep()
            made = self.made if name is None else self.made / name
            if self.out.exists() or self.out.is_symlink():
                self._move_away(made)
            files.rename(made, self.out)
        self.remove()

    def _sweep(self) -> None:
        for folder, _, names in os.walk(self.made, topdown=False):
            for name in names:
                path = Path(folder) / name
                if path.relative_to(self.made).as_posix() not in self._wanted:
                    files.remove(path)
            if not any(Path(folder).iterdir()):
                files.remove(Path(folder))
            else:
                files.sync_folder(Path(folder))

    def _move_away(self, made: Path) -> None:
        """Make room for the output where one is; a file is replaced by the rename itself."""
        if not self._force:
            # A rename onto a path that appeared meanwhile would replace a file of someone else's.
            raise BadInputError(
                "the output appeared during the run", file=self.out,
                remedy="remove it and run again",
            )  # fmt: skip
        if self.out.is_dir() or made.is_dir():
            files.remove(self.path / REPLACED)
            files.rename(self.out, self.path / REPLACED)

    def remove(self) -> None:
        """Delete the work folder; nothing in it that is not ours."""
        with suppress(OSError):
            for name in (UNFINISHED, MADE, JOURNAL, REPLACED, LOCK):
                files.remove(self.path / name)
            files.remove_empty(self.path)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        replaced = self.path / REPLACED
        if error is not None and replaced.exists() and not self.out.exists():
            with suppress(OSError):
                files.rename(replaced, self.out)
        useless = error is not None and not self._done
        if useless or (
            isinstance(error, QuantizationError) and not isinstance(error, StorageError)
        ):
            self.remove()
        self._close()

    def _close(self) -> None:
        for descriptor in (self._journal, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._journal = self._lock = -1


def _read_journal(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The lines of a journal up to the first damaged one, and how many bytes they take.

    A line begins with the SHA-256 of the rest: what it says of a file ends up in the certificate.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return [], 0
    lines: list[dict[str, Any]] = []
    valid = 0
    for raw in data.splitlines(keepends=True):
        digest, _, text = raw.partition(b" ")
        if not raw.endswith(b"\n") or digest != _digest(text[:-1]):
            break
        lines.append(json.loads(text))
        valid += len(raw)
    return lines, valid


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode()


class StorageError(BadInputError):
    """The disk is full or not writable; what is finished is kept for the next run."""


class clear_errors:
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
        if isinstance(error, files.WriteError):
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            raise StorageError(
                f"cannot write the output: {error.strerror}", file=self._out,
                remedy="free some space and run the same command again: finished parts are kept"
                if full
                else "choose an -o path in a writable folder, or repair the disk, and run again",
            ) from error  # fmt: skip

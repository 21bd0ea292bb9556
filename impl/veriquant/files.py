"""The file layer: every change that this package makes on disk is one of the calls below.

Each does all that it says or raises WriteError, an OSError that names the path. Whole files appear
by `replacing`, `write_bytes` and `write_text`: written under a temporary name in the same folder,
flushed to the disk, renamed, so that a reader sees the old content or the new, never a part.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

#: Bytes read at once when data is copied or hashed: large enough to reach disk speed, small beside
#: any tensor that matters for peak memory.
PIECE = 1 << 22
#: What file systems answer that cannot flush a folder.
_CANNOT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF, errno.EACCES)


class WriteError(OSError):
    """The system refused a change on disk; `filename` is the path, as for any OSError."""


@contextmanager
def _changing(path: Path | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = str(path) if path is not None else None
        raise WriteError(error.errno, error.strerror or str(error), name) from error


def nowhere() -> TextIO:
    """A stream for what nobody reads; it stays open until the process ends."""
    return Path(os.devnull).open("w", encoding="utf-8")


def create(path: Path) -> int:
    """A descriptor of a new, empty file, for reading and writing; close it with `os.close`."""
    with _changing(path):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)


def append(path: Path) -> int:
    """A descriptor that writes at the end of a file, made if it is not there."""
    with _changing(path):
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)


def resize(descriptor: int, size: int) -> None:
    """Give a file `size` bytes; what is new reads as zeros."""
    with _changing(None):
        os.ftruncate(descriptor, size)


def write(descriptor: int, data: bytes | memoryview, at: int | None = None) -> None:
    """Write all of `data`, at the offset `at` or (None) where the file stands."""
    view = memoryview(data).cast("B")
    with _changing(None):
        while view:  # a single write may be short (signals, quotas)
            done = os.write(descriptor, view) if at is None else os.pwrite(descriptor, view, at)
            if done == 0:
                raise OSError(errno.EIO, "the system wrote nothing")
            view = view[done:]
            at = None if at is None else at + done


def flush(descriptor: int) -> None:
    """Have the file's data reach the disk."""
    with _changing(None):
        os.fsync(descriptor)


def sync_folder(path: Path) -> None:
    """Have a folder's names reach the disk, where its file system can."""
    with _changing(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in _CANNOT_SYNC:
                raise
        finally:
            os.close(descriptor)


def rename(old: Path, new: Path, durable: bool = True) -> None:
    """Give a file or folder another name, which reaches the disk; replaces a file of that name."""
    with _changing(new):
        os.replace(old, new)  # noqa: PTH105 (one module name to wrap: `os`)
    if durable:
        sync_folder(new.parent)


def make_folder(path: Path) -> None:
    """Make a folder and those above it; nothing to do where it is there."""
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent)
    with _changing(path), suppress(FileExistsError):
        os.mkdir(path)  # noqa: PTH102
    if not path.is_dir():
        raise WriteError(errno.ENOTDIR, "a file stands where a folder is needed", str(path))


def remove(path: Path) -> None:
    """Delete a file, a link, or a folder with all that is in it; nothing to do where none is."""
    with _changing(path):
        if path.is_symlink() or not path.is_dir():
            with suppress(FileNotFoundError):
                os.unlink(path)  # noqa: PTH108
            return
        for name in os.listdir(path):  # noqa: PTH208
            remove(path / name)
        os.rmdir(path)  # noqa: PTH106


def remove_empty(path: Path) -> None:
    """Delete a folder in which nothing is."""
    with _changing(path):
        os.rmdir(path)  # noqa: PTH106


def copy(source: Path, target: Path) -> str:
    """Copy contents and permissions, flushed; a link is copied as the file it points to.

    Returns the SHA-256 of what was copied.
    """
    digest = hashlib.sha256()
    with source.open("rb", buffering=0) as file:
        descriptor = create(target)
        try:
            while piece := file.read(PIECE):
                digest.update(piece)
                write(descriptor, piece)
            with _changing(target):
                os.fchmod(descriptor, stat.S_IMODE(os.fstat(file.fileno()).st_mode))
            flush(descriptor)
        finally:
            os.close(descriptor)
    return digest.hexdigest()


def put(path: Path, data: bytes, durable: bool = True) -> None:
    """Write a file, flushed, under this very name: for names that nobody reads yet."""
    descriptor = create(path)
    try:
        write(descriptor, data)
        if durable:
            flush(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path, durable: bool = True) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name when the block ends well.

    The block writes and flushes the temporary file; an error deletes it.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        rename(temporary, path, durable)
    except BaseException:
        with suppress(OSError):
            remove(temporary)
        raise


def write_bytes(path: Path, data: bytes, durable: bool = True) -> None:
    """Write a file whole or not at all, replacing one that is there; makes its folder.

    Not `durable`: for what can be made again, such as caches; a loss of power may lose it.
    """
    make_folder(path.parent)
    with replacing(path, durable) as temporary:
        put(temporary, data, durable)


def write_text(path: Path, text: str, durable: bool = True) -> None:
    """`write_bytes` of `text` in UTF-8. Raises UnicodeEncodeError for a lone surrogate."""
    write_bytes(path, text.encode(), durable)


def pieces_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file, in pieces."""
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            yield piece


def build_folder() -> Path:
    """Where results of the proof tools go: `build` of the source tree, else of the working folder.

    Nothing is ever written into an installation.
    """
    tree = Path(__file__).resolve().parents[2]
    in_tree = Path(__file__).resolve().parents[1].name == "impl"
    return tree / "build" if in_tree and (tree / "pyproject.toml").is_file() else Path("build")

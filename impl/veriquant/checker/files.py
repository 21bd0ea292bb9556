"""Tensors, metadata and other files of a checkpoint, found afresh.

The safetensors library validates a file; the bytes of its tensors are then mapped where its header
says they are.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from veriquant.checker.findings import UnreadableError

FORMAT_VERSION = 1
PARTS = ("packed", "scales", "group_scales", "zeros", "perm")
GRID_PARTS = PARTS[1:]
#: What the metadata say of a quantized tensor.
RECORD_FIELDS = frozenset({
    "shape", "group_size", "scale_dtype", "pairs", "method", "source_dtype",
})  # fmt: skip
#: JSON nested deeper than any file of a model is not read.
MAX_DEPTH = 100
#: Files held open at once.
MAX_OPEN = 32
#: Bytes read at once when data are compared or hashed.
PIECE = 1 << 22
#: What the arrays of a quantized tensor and its source may hold.
DTYPES: Mapping[str, Any] = {
    "F32": np.dtype(np.float32), "F16": np.dtype(np.float16), "U8": np.dtype(np.uint8),
    "BF16": np.dtype(ml_dtypes.bfloat16), "U16": np.dtype(np.uint16), "U32": np.dtype(np.uint32),
}  # fmt: skip


Array = npt.NDArray[Any]


class _Files:
    """Files held open, those used last: opening one for every array takes longer than a check."""

    def __init__(self) -> None:
        self._open: dict[Path, tuple[FileIO, Array]] = {}

    def get(self, path: Path) -> tuple[FileIO, Array]:
        """The file at `path`, and its bytes mapped read-only."""
        found = self._open.pop(path, None)
        if found is None:
            while len(self._open) >= MAX_OPEN:
                del self._open[next(iter(self._open))]  # arrays that refer to the map keep it
            file = path.open("rb", buffering=0)
            found = file, np.asarray(np.memmap(file, np.uint8, "r"))
        self._open[path] = found
        return found


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored tensor, as the header describes it."""

    files: _Files
    path: Path
    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int

    def pieces(self) -> Iterator[bytes]:
        """Its raw bytes."""
        file, _ = self.files.get(self.path)
        at = self.start
        while at < self.stop:
            piece = os.pread(file.fileno(), min(PIECE, self.stop - at), at)
            if not piece:
                raise UnreadableError(f"{self.path}: truncated in tensor {self.name!r}")
            at += len(piece)
            yield piece

    def array(self) -> Array:
        """Its values, mapped from the file without a copy, read-only."""
        raw = self.files.get(self.path)[1][self.start : self.stop]
        values: Array = raw.view(DTYPES[self.dtype]).reshape(self.shape)
        if not values.flags.aligned:  # only files of other writers than ours
            values = values.copy()
            values.flags.writeable = False
        return values

    def sha256(self) -> str:
        """Its digest."""
        digest = hashlib.sha256()
        for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()


class Checkpoint:
    """Tensors and other files of a checkpoint (file, index or folder), found afresh."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.index: Path | None = None
        self.others: dict[str, Path] = {}
        if path.is_dir():
            files = {f.relative_to(path).as_posix(): f for f in path.rglob("*") if f.is_file()}
            indexes = [n for n in files if "/" not in n and n.endswith(".safetensors.index.json")]
            if indexes:
                self.index = files.pop(indexes[0])
                shards = index_shards(self.index)
            else:
                shards = sorted(n for n in files if "/" not in n and n.endswith(".safetensors"))
            self.shards = {n: files.pop(n, path / n) for n in shards}
            self.others = files
        elif path.name.endswith(".index.json"):
            self.index = path
            self.shards = {n: path.parent / n for n in index_shards(path)}
        else:
            self.shards = {path.name: path}
        self.entries: dict[str, Entry] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.shard_of: dict[str, str] = {}
        opened = _Files()
        for shard, file in self.shards.items():
            self._read(shard, file, opened)

    def _read(self, shard: str, file: Path, files: _Files) -> None:
        try:
            with safe_open(file, framework="np") as opened:  # the library validates the header
                self.metadata[shard] = dict(opened.metadata() or {})
            with file.open("rb") as raw:
                (length,) = struct.unpack("<Q", raw.read(8))
                header = _parse(raw.read(length))
        except Exception as error:
            raise UnreadableError(f"{file}: {error}") from error
        header.pop("__metadata__", None)
        for name, fields in header.items():
            if name in self.entries:
                raise UnreadableError(f"{file}: tensor {name!r} is in two files")
            begin, end = (8 + length + offset for offset in fields["data_offsets"])
            self.entries[name] = Entry(
                files, file, name, fields["dtype"], tuple(fields["shape"]), begin, end
            )
            self.shard_of[name] = shard

    def records(self) -> dict[str, Any]:
        """What the files say of their quantized tensors."""
        records: dict[str, Any] = {}
        for shard, metadata in self.metadata.items():
            if "veriquant" not in metadata:
                continue
            file = self.shards[shard]
            try:
                value = _parse(metadata["veriquant"])
            except ValueError as error:
                raise UnreadableError(f"{file}: metadata: {error}") from error
            fields = value if isinstance(value, dict) else {}
            version, tensors = fields.get("format_version"), fields.get("tensors")
            if type(version) is not int or version != FORMAT_VERSION:
                raise UnreadableError(f"{file}: unknown format version {str(version)[:80]!r}")
            if not isinstance(tensors, dict) or len(fields) != 2:
                raise UnreadableError(f"{file}: metadata: tensors, or what nothing can check")
            for name, record in tensors.items():
                wrong = record_error(record)
                if wrong is not None:
                    raise UnreadableError(f"{file}: tensor {name!r}: metadata: {wrong}")
            records.update(tensors)
        return records


def record_error(record: Any) -> str | None:
    """Which field of a tensor's metadata has a wrong kind, None if all are of the right one."""
    if not isinstance(record, dict):
        return "not an object"
    unknown = record.keys() - RECORD_FIELDS
    if unknown:
        return f"{min(unknown)!r}, which nothing can check"
    shape = record.get("shape")
    if not isinstance(shape, list) or not all(_is_size(n) for n in shape):
        return "shape"
    wrong = [key for key in ("group_size", "pairs") if not _is_size(record.get(key))]
    wrong += [
        key
        for key in ("method", "scale_dtype", "source_dtype")
        if not isinstance(record.get(key), str)
    ]
    return wrong[0] if wrong else None


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


def read_index(path: Path) -> dict[str, Any]:
    """An index of shards; what is null or absent is empty. Raises UnreadableError."""
    index = read_json(path)
    for key in ("weight_map", "metadata"):
        index[key] = {} if index.get(key) is None else index[key]
    weight_map, metadata = index["weight_map"], index["metadata"]
    if not isinstance(metadata, dict):
        raise UnreadableError(f"{path}: metadata is not an object")
    if not isinstance(weight_map, dict) or not all(
        isinstance(shard, str) and Path(shard).name == shard for shard in weight_map.values()
    ):
        raise UnreadableError(f"{path}: weight_map does not give files beside the index")
    return index


def index_shards(index: Path) -> list[str]:
    return sorted(set(read_index(index)["weight_map"].values()))


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; raises UnreadableError."""
    try:
        value = _parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise UnreadableError(f"{path}: not a JSON object")
    return value


def _parse(text: str | bytes) -> Any:
    """JSON; raises ValueError, also for what is nested deeper than MAX_DEPTH."""
    collecting = gc.isenabled()
    gc.disable()  # or it would search the growing value again and again
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    finally:
        if collecting:
            gc.enable()
    inner = [value]
    for _ in range(MAX_DEPTH):
        lists = [tuple(x.values()) if isinstance(x, dict) else x for x in inner
                 if isinstance(x, dict | list)]  # fmt: skip
        inner = [item for outer in lists for item in outer]
        if not inner:
            return value
    raise ValueError("nested too deep")


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""A checkpoint on disk: one safetensors file, an index with its shards, or a model folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from veriquant.files import PIECE
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import Entry, Header, read_header
from veriquant.text import brief, collector_paused, parse_json

Kind = Literal["file", "index", "folder"]
SUFFIX = ".safetensors"
INDEX_SUFFIX = ".safetensors.index.json"
CONFIG = "config.json"
#: How files end that hold weights in other formats.
OTHER_WEIGHTS = (".bin", ".pt", ".pth", ".ckpt", ".gguf", ".onnx", ".h5", ".msgpack")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The parts of a checkpoint, every header checked.

    root     folder the names below are relative to
    shards   safetensors files by name, in reading order
    index    name of the index file, or None
    others   every further file of a folder, to be copied as it is
    """

    kind: Kind
    path: Path
    root: Path
    shards: Mapping[str, Header]
    index: str | None
    others: tuple[str, ...]

    def tensors(self) -> Iterator[tuple[str, Entry]]:
        """`(shard, entry)` of every tensor."""
        for shard, header in self.shards.items():
            for entry in header.entries.values():
                yield shard, entry

    @property
    def unlisted(self) -> tuple[str, ...]:
        """Further files that hold weights by their names: their tensors are not of this checkpoint.

        safetensors files wherever they lie, other formats beside the shards.
        """
        return tuple(
            name
            for name in self.others
            if name.endswith(SUFFIX) or ("/" not in name and name.endswith(OTHER_WEIGHTS))
        )

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors."""
        return sum(header.nbytes for header in self.shards.values())

    def names(self) -> tuple[str, ...]:
        """Every file of the checkpoint, sorted."""
        index = () if self.index is None else (self.index,)
        return tuple(sorted((*self.shards, *index, *self.others)))

    def manifest(self) -> list[list[Any]]:
        """`[name, bytes, time of the last write, time of the last change]` (ns) of every file.

        Two equal manifests are of one and the same source: whoever writes a file, or puts another
        in its place, changes its times (the last one cannot be set). Raises OSError.
        """
        stats = [(name, (self.root / name).stat()) for name in self.names()]
        return [[name, s.st_size, s.st_mtime_ns, s.st_ctime_ns] for name, s in stats]

    def check_unchanged(self, manifest: list[list[Any]]) -> None:
        """Raise BadInputError where the source is no longer what `manifest` says of it."""
        try:
            same = self.manifest() == manifest and (
                self.kind != "folder" or sorted(_files(self.root)) == list(self.names())
            )
        except FileNotFoundError:
            same = False
        if not same:
            raise BadInputError(
                "the source changed during the run", file=self.path,
                remedy="leave it alone and start again",
            )  # fmt: skip


@collector_paused()
def open_checkpoint(path: Path) -> Checkpoint:
    """Find and check the parts of the checkpoint at `path`; raises BadInputError, OSError."""
    if path.is_dir():
        return _open_folder(path)
    if not path.exists():
        raise BadInputError("no such file or folder", file=path, remedy="check the path")
    if path.name.endswith(INDEX_SUFFIX):
        shards = _open_index(path)
        return _unique(Checkpoint("index", path, path.parent, shards, path.name, ()))
    return Checkpoint("file", path, path.parent, {path.name: read_header(path)}, None, ())


def read_pieces(entry: Entry, path: Path) -> Iterator[bytes]:
    """The raw bytes of a tensor, in pieces; raises BadInputError if the file got shorter."""
    with path.open("rb", buffering=0) as file:
        file.seek(entry.start)
        left = entry.nbytes
        while left:
            piece = file.read(min(PIECE, left))
            if not piece:
                raise BadInputError(
                    "the file got shorter while it was read", file=path, tensor=entry.name,
                    remedy="do not change the source during the run; start again",
                )  # fmt: skip
            left -= len(piece)
            yield piece


def read_json(path: Path, remedy: str = "repair or download the file again") -> dict[str, Any]:
    """A JSON object, nested at most MAX_DEPTH deep; raises BadInputError where it is none."""
    try:
        value = parse_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInputError(f"not JSON: {error}", file=path, remedy=remedy) from error
    if not isinstance(value, dict):
        raise BadInputError(
            "not a JSON object", file=path, value=type(value).__name__, remedy=remedy
        )
    return value


def _open_folder(path: Path) -> Checkpoint:
    files = sorted(_files(path))
    top = [name for name in files if "/" not in name]
    indexes = [name for name in top if name.endswith(INDEX_SUFFIX)]
    if len(indexes) > 1:
        raise BadInputError(
            "several checkpoints in one folder", file=path, value=", ".join(indexes),
            remedy="give the index file itself, or move one checkpoint away",
        )  # fmt: skip
    index = indexes[0] if indexes else None
    if index is not None:
        shards = _open_index(path / index)
    else:
        shards = {name: read_header(path / name) for name in top if name.endswith(SUFFIX)}
    if not shards:
        raise BadInputError(
            f"no {SUFFIX} file in the folder", file=path,
            remedy="give a model folder, an index file or a safetensors file; convert other "
            "formats first",
        )  # fmt: skip
    others = tuple(name for name in files if name not in shards and name != index)
    return _unique(Checkpoint("folder", path, path, shards, index, others))


def _files(path: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(path):
        for name in folders:
            if (Path(folder) / name).is_symlink():
                raise BadInputError(
                    "a linked folder inside a checkpoint: copying it could follow a loop",
                    file=Path(folder) / name,
                    remedy="replace the link by the folder, or remove it",
                )
        for name in names:
            if not (Path(folder) / name).is_file():
                raise BadInputError(
                    "neither a file nor a link to one: it cannot be copied",
                    file=Path(folder) / name,
                    remedy="remove it, or download what the link points to",
                )
            yield (Path(folder) / name).relative_to(path).as_posix()


def _open_index(path: Path) -> dict[str, Header]:
    index = read_json(path)
    if not isinstance(index.get("metadata"), dict | None):
        raise BadInputError(
            "metadata must be an object or null", file=path, value=brief(index["metadata"]),
            remedy="repair the index, or download it again",
        )  # fmt: skip
    weight_map = index.get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise BadInputError(
            "index has no weight_map", file=path, remedy="download the index file again"
        )
    first: dict[str, str] = {}
    for tensor, shard in weight_map.items():
        if not isinstance(shard, str) or PurePosixPath(shard).name != shard or shard == "..":
            raise BadInputError(
                "shard must be a file name beside the index", file=path, tensor=tensor,
                value=brief(shard), remedy="repair the index's weight_map",
            )  # fmt: skip
        first.setdefault(shard, tensor)
    shards = {}
    for shard in sorted(first):
        if not (path.parent / shard).exists():
            raise BadInputError(
                f"shard {shard!r} is missing", file=path, tensor=first[shard],
                remedy="download the shard, or the whole checkpoint, again",
            )  # fmt: skip
        shards[shard] = read_header(path.parent / shard)
    for tensor, shard in weight_map.items():
        if tensor not in shards[shard].entries:
            raise BadInputError(
                f"the index places it in {shard!r}, which does not hold it", file=path,
                tensor=tensor, remedy="repair the index, or download the checkpoint again",
            )  # fmt: skip
    for shard, header in shards.items():
        for tensor in header.entries:
            if weight_map.get(tensor) != shard:
                raise BadInputError(
                    f"{shard!r} holds it, the index says {weight_map.get(tensor)!r}", file=path,
                    tensor=tensor, remedy="repair the index, or download the checkpoint again",
                )  # fmt: skip
    return shards


def _unique(checkpoint: Checkpoint) -> Checkpoint:
    seen: dict[str, str] = {}
    for shard, entry in checkpoint.tensors():
        if entry.name in seen:
            raise BadInputError(
                f"in two files: {seen[entry.name]!r} and {shard!r}", file=checkpoint.path,
                tensor=entry.name, remedy="keep one of the files in the folder",
            )  # fmt: skip
        seen[entry.name] = shard
    return checkpoint

"""The header of a safetensors file, read with errors that name the tensor that is wrong.

The `safetensors` library stays the authority: `read_header` lets it open the file as well, and the
product reads tensor values through it. It is not enough alone for two reasons: its messages do not
name the tensor (or, for duplicate names, it says nothing and keeps the last), and copying a tensor
bit for bit, whatever its dtype, needs the byte offsets, which it does not give.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from veriquant.formats.errors import BadInputError
from veriquant.text import brief, parse_json

#: Bits per element of each dtype of the format (the library's `Dtype`).
DTYPE_BITS: Mapping[str, int] = {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8,
    "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip

#: The library refuses longer headers (its `MAX_HEADER_SIZE`).
MAX_HEADER = 100_000_000
#: Axes that an array can have, here and in NumPy.
MAX_AXES = 64
#: Sizes and offsets are numbers of bytes in a file: signed 64-bit integers hold them.
MAX_SIZE = 2**63 - 1
#: Files begin with the header's length in eight bytes, little-endian.
LENGTH_BYTES = 8

_DAMAGED = "copy or download the file again; if it comes from a tool, report it to that tool"


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor in a file: `start` and `stop` are offsets from the beginning of the file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int

    @property
    def nbytes(self) -> int:
        """Stored bytes."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Header:
    """Tensors of a file in the order of their data, and its text metadata."""

    path: Path
    entries: Mapping[str, Entry]
    metadata: Mapping[str, str]

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors."""
        return sum(entry.nbytes for entry in self.entries.values())


def storage_bytes(dtype: str, shape: tuple[int, ...]) -> int:
    """Bytes of a tensor of `shape`; packed dtypes below eight bits fill whole bytes."""
    return math.prod(shape) * DTYPE_BITS[dtype] // 8


def read_header(path: Path) -> Header:
    """Header of a safetensors file, every field checked; raises BadInputError, OSError."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        prefix = file.read(LENGTH_BYTES)
        if len(prefix) < LENGTH_BYTES:
            raise BadInputError(
                "truncated: a safetensors file begins with an 8-byte length",
                file=path, value=f"{size} bytes", remedy=_DAMAGED,
            )  # fmt: skip
        (length,) = struct.unpack("<Q", prefix)
        if length > MAX_HEADER:
            raise BadInputError(
                f"header length above the format's limit of {MAX_HEADER}: not a safetensors file, "
                "or damaged",
                file=path, position="bytes 0..7", value=length, remedy=_DAMAGED,
            )  # fmt: skip
        if LENGTH_BYTES + length > size:
            raise BadInputError(
                f"truncated: the header takes {length} bytes, the file has {size - LENGTH_BYTES} "
                "after its length",
                file=path, value=f"{size} bytes", remedy=_DAMAGED,
            )  # fmt: skip
        text = file.read(length)
    fields = _parse(path, text)
    metadata = _metadata(path, fields.pop("__metadata__", None))
    data_start = LENGTH_BYTES + length
    entries = sorted(
        (_entry(path, name, field, data_start, size) for name, field in fields.items()),
        key=lambda e: (e.start, e.stop),
    )
    _check_cover(path, entries, data_start, size)
    try:
        with safe_open(path, framework="np"):
            pass
    except SafetensorError as error:
        raise BadInputError(
            f"the safetensors library refuses it: {error}", file=path, remedy=_DAMAGED
        ) from error
    return Header(path, {entry.name: entry for entry in entries}, metadata)


def _parse(path: Path, text: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise BadInputError(
                    "name given twice in the header: which data it means is not defined",
                    file=path, tensor=name, remedy=_DAMAGED,
                )  # fmt: skip
            found[name] = value
        return found

    try:
        fields = parse_json(text.decode("utf-8"), object_pairs_hook=unique)
    except BadInputError:
        raise
    except ValueError as error:
        raise BadInputError(f"header is not JSON: {error}", file=path, remedy=_DAMAGED) from error
    if not isinstance(fields, dict):
        raise BadInputError("header is not a JSON object", file=path, remedy=_DAMAGED)
    return fields


def _metadata(path: Path, field: Any) -> dict[str, str]:
    if field is None:  # the library takes null for none, too
        return {}
    if not isinstance(field, dict) or not all(isinstance(v, str) for v in field.values()):
        raise BadInputError(
            "__metadata__ must map names to texts", file=path, value=brief(field),
            remedy=_DAMAGED,
        )  # fmt: skip
    return dict(field)


def _entry(path: Path, name: str, field: Any, data_start: int, size: int) -> Entry:
    def bad(problem: str, value: object) -> BadInputError:
        return BadInputError(
            problem, file=path, tensor=name, position="header", value=value, remedy=_DAMAGED
        )

    if not isinstance(field, dict) or set(field) != {"dtype", "shape", "data_offsets"}:
        raise bad("entry must hold dtype, shape and data_offsets", brief(field))
    dtype, shape, offsets = field["dtype"], field["shape"], field["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPE_BITS:
        raise bad("unknown dtype", brief(dtype))
    if not _naturals(shape):
        raise bad("shape must be a list of whole numbers >= 0, each below 2**63", brief(shape))
    if len(shape) > MAX_AXES:
        raise bad(f"shape must have at most {MAX_AXES} axes", len(shape))
    if not _naturals(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise bad(
            "data_offsets must be [begin, end] with 0 <= begin <= end < 2**63", brief(offsets)
        )
    begin, end = offsets
    if data_start + end > size:
        raise bad(
            f"data ends at byte {data_start + end}, the file at {size}: truncated, or a lying "
            "header",
            offsets,
        )
    bits = math.prod(shape) * DTYPE_BITS[dtype]
    if bits != 8 * (end - begin):
        raise bad(
            f"shape {brief(shape)} of {dtype} takes {_bytes(bits)}, data_offsets hold "
            f"{end - begin}",
            offsets,
        )
    return Entry(name, dtype, tuple(shape), data_start + begin, data_start + end)


def _bytes(bits: int) -> str:
    if bits.bit_length() > 64:
        return f"above 2**{bits.bit_length() - 4} bytes"
    return f"{bits / 8:g} bytes"


def _naturals(value: Any) -> bool:
    return isinstance(value, list) and all(
        type(item) is int and 0 <= item <= MAX_SIZE for item in value
    )


def _check_cover(path: Path, entries: list[Entry], data_start: int, size: int) -> None:
    """Data must be covered without overlap or hole: nothing may hide between tensors."""
    reached, previous = data_start, "the header"
    for entry in entries:
        if entry.start < reached:
            raise BadInputError(
                f"data overlaps that of {previous!r} by {reached - entry.start} bytes",
                file=path, tensor=entry.name, position=f"byte {entry.start}", remedy=_DAMAGED,
            )  # fmt: skip
        if entry.start > reached:
            raise BadInputError(
                f"{entry.start - reached} bytes before it belong to no tensor",
                file=path, tensor=entry.name, position=f"byte {entry.start}", remedy=_DAMAGED,
            )  # fmt: skip
        reached, previous = entry.stop, entry.name
    if reached != size:
        raise BadInputError(
            f"{size - reached} bytes after the last tensor belong to none",
            file=path, position=f"byte {reached}", remedy=_DAMAGED,
        )  # fmt: skip

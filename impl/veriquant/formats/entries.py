"""How a quantized tensor stands in a safetensors file: five entries and a line of metadata.

For a tensor `T` of shape `[N, K]` the file holds `T.packed`, `T.scales`, `T.group_scales`,
`T.zeros` and `T.perm` (dtypes and shapes: `veriquant.tensor.QuantizedTensor`; `perm` is stored in
16 bits where these suffice), and the header's metadata key `veriquant` holds JSON: the format
version and, per tensor, what the arrays do not say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import ml_dtypes  # noqa: F401 (NumPy learns bfloat16)
import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import MAX_SIZE, Header
from veriquant.formats.writer import Spec
from veriquant.layout import FORMAT_VERSION, LARGEST_SCALE, MAX_GROUP_SIZE, perm_dtype
from veriquant.methods.registry import METHODS
from veriquant.tensor import QuantizedTensor
from veriquant.text import brief, collector_paused, parse_json

METADATA_KEY = "veriquant"
_SCALE_NAMES = {"float16": "F16", "bfloat16": "BF16"}
_PERM_NAMES = {np.dtype(np.uint16): "U16", np.dtype(np.uint32): "U32"}
#: Room for what JSON escaping and the longest names of dtypes and methods may add to the header.
HEADER_SLACK = 256
_REWRITE = "quantize the source again with this version of veriquant"


@dataclass(frozen=True, slots=True)
class Record:
    """What the metadata says of one quantized tensor."""

    shape: tuple[int, int]
    group_size: int
    scale_dtype: str
    pairs: int
    method: str
    source_dtype: str

    @property
    def groups(self) -> int:
        """Groups per output channel."""
        return 1 if self.group_size == 0 else -(-self.pairs // self.group_size)

    def fields(self) -> dict[str, Any]:
        """Its fields by name, as JSON writes them."""
        return {name: getattr(self, name) for name in _FIELDS}

    def specs(self, tensor: str) -> dict[str, Spec]:
        """Dtype and shape of each of the tensor's entries."""
        n = self.shape[0]
        return {
            f"{tensor}.packed": ("U8", (n, (7 * self.pairs + 7) // 8)),
            f"{tensor}.scales": (_SCALE_NAMES[self.scale_dtype], (n, 2)),
            f"{tensor}.group_scales": ("U8", (n, self.groups, 2)),
            f"{tensor}.zeros": ("U8", (n, self.groups)),
            f"{tensor}.perm": (_PERM_NAMES[perm_dtype(self.pairs)], (2 * self.pairs,)),
        }


#: `dataclasses.asdict` copies deeply, which takes half a header's time.
_FIELDS = tuple(field.name for field in fields(Record))


def record_of(tensor: QuantizedTensor, source_dtype: str) -> Record:
    """The metadata of a quantized tensor."""
    return Record(
        tensor.shape, tensor.group_size, tensor.scale_dtype, tensor.pairs, tensor.method,
        source_dtype,
    )  # fmt: skip


def write_metadata(records: Mapping[str, Record]) -> str:
    """Text of the metadata key `veriquant`."""
    return json.dumps(
        {
            "format_version": FORMAT_VERSION,
            "tensors": {name: record.fields() for name, record in records.items()},
        },
        separators=(",", ":"),
    )


def is_quantized(header: Header) -> bool:
    """Whether the file says that it holds quantized tensors."""
    return METADATA_KEY in header.metadata


@collector_paused()
def read_records(header: Header) -> dict[str, Record]:
    """Quantized tensors of a file by name, their entries' dtypes and shapes checked.

    Empty for a file without them. Raises BadInputError for an unknown version and for metadata
    that the entries contradict.
    """
    if not is_quantized(header):
        return {}
    path = header.path
    try:
        value = parse_json(header.metadata[METADATA_KEY])
    except ValueError as error:
        raise BadInputError(
            f"metadata {METADATA_KEY!r} is not readable: {error}", file=path, remedy=_REWRITE
        ) from error
    fields = value if isinstance(value, dict) else {}
    version, tensors = fields.get("format_version"), fields.get("tensors")
    if version is None or not isinstance(tensors, dict) or len(fields) != 2:
        raise BadInputError(
            f"metadata {METADATA_KEY!r} is not readable: it must hold format_version and tensors, "
            "nothing else",
            file=path, value=brief(value), remedy=_REWRITE,
        )  # fmt: skip
    if type(version) is not int or version != FORMAT_VERSION:
        raise BadInputError(
            f"unknown format version; this program reads version {FORMAT_VERSION}",
            file=path, position="metadata", value=brief(version),
            remedy="install the version of veriquant that wrote the file, or quantize again",
        )  # fmt: skip
    records = {name: _read_record(path, name, fields) for name, fields in tensors.items()}
    for name, record in records.items():
        for entry_name, spec in record.specs(name).items():
            entry = header.entries.get(entry_name)
            if entry is None:
                raise BadInputError(
                    f"its entry {entry_name!r} is missing", file=path, tensor=name, remedy=_REWRITE
                )
            if (entry.dtype, entry.shape) != spec:
                raise BadInputError(
                    f"entry {entry_name!r} must be {spec[0]} {list(spec[1])} for its metadata",
                    file=path, tensor=name, value=f"{entry.dtype} {list(entry.shape)}",
                    remedy=_REWRITE,
                )  # fmt: skip
    return records


def _read_record(path: Path, name: str, fields: Any) -> Record:
    def bad(field: str, value: object) -> BadInputError:
        return BadInputError(
            f"metadata field {field!r} is missing or wrong", file=path, tensor=name,
            position="metadata", value=brief(value), remedy=_REWRITE,
        )  # fmt: skip

    if not isinstance(fields, dict):
        raise bad("(all)", fields)
    unknown = fields.keys() - set(Record.__slots__)
    if unknown:
        raise bad(min(unknown), "unknown to this format version")
    shape, group_size = fields.get("shape"), fields.get("group_size")
    if not (
        isinstance(shape, list)
        and len(shape) == 2
        and all(type(n) is int and 0 < n <= MAX_SIZE for n in shape)
    ):
        raise bad("shape", shape)
    if type(group_size) is not int or not 0 <= group_size <= MAX_GROUP_SIZE:
        raise bad("group_size", group_size)
    if fields.get("scale_dtype") not in tuple(_SCALE_NAMES):  # a tuple: any kind may be sought
        raise bad("scale_dtype", fields.get("scale_dtype"))
    if type(fields.get("pairs")) is not int or fields["pairs"] != (shape[1] + 1) // 2:
        raise bad("pairs", fields.get("pairs"))
    if fields.get("method") not in tuple(METHODS):
        raise bad("method", fields.get("method"))
    if not isinstance(fields.get("source_dtype"), str):
        raise bad("source_dtype", fields.get("source_dtype"))
    return Record(
        (shape[0], shape[1]), group_size, fields["scale_dtype"], fields["pairs"],
        fields["method"], fields["source_dtype"],
    )  # fmt: skip


def build_tensor(
    path: Path, name: str, record: Record, arrays: Mapping[str, npt.NDArray[Any]]
) -> QuantizedTensor:
    """The quantized tensor of its arrays, every value checked; raises BadInputError.

    A file may lie in its values as well as in its header: a scale of zero, a permutation that
    names a channel twice or a set padding bit would make silent garbage.
    """

    def bad(part: str, problem: str, where: tuple[int, ...], value: object) -> BadInputError:
        axes = {"perm": ("position",), "scales": ("channel", "half")}
        names = axes.get(part, ("channel", "byte") if part == "packed" else ("channel", "group"))
        place = ", ".join(f"{axis} {i}" for axis, i in zip(names, where, strict=False))
        return BadInputError(
            f"{part}: {problem}", file=path, tensor=name, position=place, value=value,
            remedy=_REWRITE,
        )  # fmt: skip

    def first(mask: npt.NDArray[np.bool_]) -> tuple[int, ...] | None:
        return tuple(int(i[0]) for i in np.nonzero(mask)) if mask.any() else None

    scales = arrays["scales"].astype(np.float64)
    where = first(~(np.isfinite(scales) & (scales > 0)))
    if where is not None:
        raise bad("scales", "a scale must be finite and positive", where, scales[where])
    where = first(arrays["group_scales"] == 0)
    if where is not None:
        raise bad("group_scales", "a group factor must be 1..255", where, 0)
    where = first(arrays["zeros"] > 127)
    if where is not None:
        raise bad("zeros", "a pair of zero points is below 128", where, arrays["zeros"][where])
    used = 7 * record.pairs % 8
    if used:
        last = arrays["packed"][:, -1] >> used
        where = first(last != 0)
        if where is not None:
            column = arrays["packed"].shape[1] - 1
            value = arrays["packed"][where[0], column]
            raise bad("packed", "padding bits must be zero", (*where, column), value)
    perm = arrays["perm"]
    counts = np.zeros(len(perm), dtype=np.int64)
    where = first(perm >= len(perm))
    if where is None:
        np.add.at(counts, perm, 1)
        where = first(counts[perm] > 1)
    if where is not None:
        raise bad("perm", "must name each input channel once", where, perm[where])
    tensor = QuantizedTensor(
        arrays["packed"], arrays["scales"], arrays["group_scales"], arrays["zeros"],
        perm.astype(np.uint32), record.shape, record.group_size, record.method,
    )  # fmt: skip
    if scales.max() > LARGEST_SCALE:
        from veriquant.fast import grid

        try:
            grid.check_reach(tensor.grid(), name)
        except QuantizationError as error:
            raise BadInputError.of(error, path, name) from error
    return tensor

"""What a checkpoint holds, and how two differ, tensor by tensor."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from veriquant.certificate.measure import measure, row_blocks
from veriquant.certificate.record import certificate_path
from veriquant.fast.dequant import dequantize
from veriquant.formats.checkpoint import Checkpoint, open_checkpoint, read_json, read_pieces
from veriquant.formats.entries import PARTS, Record, read_records, read_tensor
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import Entry, Header
from veriquant.tensor import QuantizedTensor
from veriquant.text import brief, printable


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor of a checkpoint; what is not known is None.

    bits_per_weight   stored bits, every array of the tensor counted
    relative_error    Frobenius norm of the error over that of the source
    max_step_error    largest `|w' - w| / s`
    scale_least/most  least and largest grid step `s = k * S`
    worst_channel     output channel with the largest error norm
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    bits_per_weight: float | None
    stored_bytes: int
    method: str | None = None
    group_size: int | None = None
    scale_dtype: str | None = None
    scale_least: float | None = None
    scale_most: float | None = None
    relative_error: float | None = None
    max_step_error: float | None = None
    worst_channel: int | None = None
    worst_channel_error: float | None = None


#: Section and key of a tensor's certificate, and the field of TensorInfo that shows it.
STATED = (
    ("frobenius", "relative", "relative_error"),
    ("pointwise", "approximately", "max_step_error"),
    ("frobenius", "worst_channel", "worst_channel"),
    ("frobenius", "worst_channel_error", "worst_channel_error"),
)


#: Above every error and index; floats and integers of this size can be shown.
LARGEST = 1e300


def inspect_checkpoint(path: Path, against: Path | None = None) -> list[TensorInfo]:
    """Every tensor of `path`; errors come from its certificate, or are measured `against` IN."""
    checkpoint = open_checkpoint(path)
    stated = {} if against is not None else _stated(path)
    source = None if against is None else open_checkpoint(against)
    infos = []
    for header in checkpoint.shards.values():
        records = read_records(header)
        parts = {f"{name}.{part}" for name in records for part in PARTS}
        for name, record in records.items():
            infos.append(_quantized_info(header, name, record, stated.get(name), source))
        infos += [
            TensorInfo(
                entry.name, entry.shape, entry.dtype, _bits(entry.nbytes, entry.shape), entry.nbytes
            )
            for entry in header.entries.values()
            if entry.name not in parts
        ]
    return sorted(infos, key=lambda info: info.name)


def infos_as_json(infos: list[TensorInfo]) -> str:
    """The tensors and the sum over the quantized ones, for other programs."""
    quantized = [info for info in infos if info.method is not None]
    weights = sum(math.prod(info.shape) for info in quantized)
    total = {
        "tensors": len(infos),
        "quantized": len(quantized),
        "stored_bytes": sum(info.stored_bytes for info in infos),
        "quantized_weights": weights,
        "bits_per_weight": _bits(sum(info.stored_bytes for info in quantized), (weights,)),
    }
    return json.dumps({"total": total, "tensors": [asdict(info) for info in infos]}, indent=1)


def _bits(nbytes: int, shape: tuple[int, ...]) -> float | None:
    weights = math.prod(shape)
    return 8 * nbytes / weights if weights else None


def _stated(path: Path) -> dict[str, dict[str, Any]]:
    """What the certificate beside a checkpoint says of its tensors; nothing if there is none."""
    certificate, remedy = certificate_path(path), "remove it, or quantize again"
    try:
        tensors = read_json(certificate, remedy).get("tensors")
    except FileNotFoundError:
        return {}
    if not isinstance(tensors, dict):
        raise BadInputError(
            "not a certificate: it must hold tensors", file=certificate, value=brief(tensors),
            remedy=remedy,
        )  # fmt: skip
    known: dict[str, dict[str, Any]] = {}
    for name, stated in tensors.items():
        known[name] = {}
        for section, key, field in STATED:
            part = stated.get(section) if isinstance(stated, dict) else None
            value: Any = part.get(key) if isinstance(part, dict) else None
            whole = field == "worst_channel"
            kinds = (int,) if whole else (int, float)
            if type(value) not in kinds or not -LARGEST < value < LARGEST:  # NaN neither
                raise BadInputError(
                    f"not a certificate: {section}.{key} must be a number", file=certificate,
                    tensor=name, value=brief(value), remedy=remedy,
                )  # fmt: skip
            known[name][field] = value
    return known


def _quantized_info(
    header: Header,
    name: str,
    record: Record,
    stated: Mapping[str, Any] | None,
    source: Checkpoint | None,
) -> TensorInfo:
    stored = sum(header.entries[f"{name}.{part}"].nbytes for part in PARTS)
    tensor = read_tensor(header.path, name, record)
    steps = tensor.scales.astype(np.float64)[:, None, :] * tensor.group_scales
    known: dict[str, Any] = {}
    if source is not None:
        found = measure(_source_weights(source, name, tensor), tensor)
        known = {
            "relative_error": found.error / found.norm if found.norm else 0.0,
            "max_step_error": float(found.max_ratio),
            "worst_channel": found.worst_channel,
            "worst_channel_error": found.worst_error,
        }
    elif stated is not None:
        known = dict(stated)
    return TensorInfo(
        name, record.shape, record.source_dtype, _bits(stored, record.shape), stored,
        record.method, record.group_size, record.scale_dtype, float(steps.min()),
        float(steps.max()), **known,
    )  # fmt: skip


def _source_weights(
    source: Checkpoint, name: str, tensor: QuantizedTensor
) -> npt.NDArray[np.float32]:
    for _, entry in source.tensors():
        if entry.name == name:
            break
    else:
        raise BadInputError(
            "not in the source", file=source.path, tensor=name,
            remedy="give the checkpoint that was quantized",
        )  # fmt: skip
    if entry.shape != tensor.shape or entry.dtype not in ("F32", "F16", "BF16"):
        raise BadInputError(
            f"the source holds {entry.dtype} {list(entry.shape)}, the quantized tensor is "
            f"{list(tensor.shape)}",
            file=source.path, tensor=name, remedy="give the checkpoint that was quantized",
        )  # fmt: skip
    path = next(h.path for h in source.shards.values() if name in h.entries)
    with safe_open(path, framework="np", backend="pread") as file:
        return np.asarray(file.get_tensor(name), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Difference:
    """How one tensor differs between two checkpoints; `weights` that differ of `of`."""

    name: str
    what: str
    weights: int = 0
    of: int = 0
    largest: float = 0.0
    channel: int | None = None

    def __str__(self) -> str:
        name = printable(self.name)
        if not self.of:
            return f"{name}: {self.what}"
        if not self.weights:
            return f"{name}: {self.what}: stored differently, but no weight differs"
        return (
            f"{name}: {self.what}: {self.weights} of {self.of} weights differ, by up to "
            f"{self.largest:.6g} (channel {self.channel})"
        )


def diff_checkpoints(
    left: Path, right: Path, advance: Callable[[int], None] = lambda count: None
) -> Iterator[Difference]:
    """Tensors that differ between two checkpoints, quantized or not; by name.

    Quantized tensors are equal if all their arrays are; otherwise, as wherever one side is
    quantized, the weights are compared as floats.
    """
    sides = [_Side(open_checkpoint(path)) for path in (left, right)]
    for name in sorted(set(sides[0].names) | set(sides[1].names)):
        if any(name not in side.names for side in sides):
            which = left if name in sides[0].names else right
            yield Difference(name, f"only in {which}")
            continue
        found = _diff_tensor(name, sides[0], sides[1])
        advance(sides[0].nbytes(name))
        if found is not None:
            yield found


class _Side:
    """One checkpoint of a comparison: its tensors by name, quantized or not."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.path = checkpoint.path
        self.records: dict[str, tuple[Header, Record]] = {}
        self.entries: dict[str, tuple[Header, Entry]] = {}
        self.names: set[str] = set()
        for header in checkpoint.shards.values():
            records = read_records(header)
            parts = {f"{name}.{part}" for name in records for part in PARTS}
            self.records.update({name: (header, record) for name, record in records.items()})
            self.entries.update({n: (header, e) for n, e in header.entries.items()})
            self.names = (
                getattr(self, "names", set()) | set(header.entries) | set(records)
            ) - parts

    def shape(self, name: str) -> tuple[int, ...]:
        if name in self.records:
            return self.records[name][1].shape
        return self.entries[name][1].shape

    def raw(self, name: str) -> Iterator[tuple[Path, Entry]]:
        """Every stored array of a tensor."""
        if name in self.records:
            header = self.records[name][0]
            for part in PARTS:
                yield header.path, header.entries[f"{name}.{part}"]
        else:
            header, entry = self.entries[name]
            yield header.path, entry

    def nbytes(self, name: str) -> int:
        return sum(entry.nbytes for _, entry in self.raw(name))

    def weights(self, name: str) -> Callable[[slice], npt.NDArray[np.float32]] | None:
        """Rows of a tensor as float32, or None if it holds no two-dimensional floats."""
        if name in self.records:
            header, record = self.records[name]
            tensor = read_tensor(header.path, name, record)
            return lambda rows: np.asarray(dequantize(tensor, rows=rows))
        header, entry = self.entries[name]
        if len(entry.shape) != 2 or entry.dtype not in ("F32", "F16", "BF16"):
            return None

        def rows_of(rows: slice) -> npt.NDArray[np.float32]:
            with safe_open(header.path, framework="np") as file:
                return np.asarray(file.get_slice(name)[rows], dtype=np.float32)

        return rows_of


def _diff_tensor(name: str, left: _Side, right: _Side) -> Difference | None:
    if left.shape(name) != right.shape(name):
        return Difference(name, f"shape {list(left.shape(name))} and {list(right.shape(name))}")
    if (name in left.records) == (name in right.records):
        pairs = list(zip(left.raw(name), right.raw(name), strict=True))
        if all(a[1].dtype == b[1].dtype and a[1].shape == b[1].shape for a, b in pairs) and all(
            x == y
            for a, b in pairs
            for x, y in zip(read_pieces(a[1], a[0]), read_pieces(b[1], b[0]), strict=True)
        ):
            return None
    kinds = [
        f"{s.records[name][1].method}, group size {s.records[name][1].group_size}"
        if name in s.records
        else s.entries[name][1].dtype
        for s in (left, right)
    ]
    what = f"{kinds[0]} and {kinds[1]}" if kinds[0] != kinds[1] else kinds[0]
    rows_left, rows_right = left.weights(name), right.weights(name)
    if rows_left is None or rows_right is None:
        return Difference(name, f"{what}: bytes differ")
    n, k = left.shape(name)
    count, largest, channel = 0, 0.0, None
    for rows in row_blocks((n, k)):
        a, b = rows_left(rows), rows_right(rows)
        differs = ~((a == b) | (np.isnan(a) & np.isnan(b)))
        count += int(differs.sum())
        if differs.any():
            with np.errstate(invalid="ignore"):
                distance = np.abs(a.astype(np.float64) - b)
            worst = np.where(differs, np.nan_to_num(distance, nan=np.inf), 0.0).max(axis=1)
            if worst.max() > largest or channel is None:
                largest, channel = float(worst.max()), rows.start + int(worst.argmax())
    return Difference(name, what, count, n * k, largest, channel)

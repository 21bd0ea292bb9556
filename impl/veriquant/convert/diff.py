"""How two checkpoints differ, tensor by tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from veriquant.certificate.measure import row_blocks
from veriquant.fast.dequant import dequantize
from veriquant.formats.checkpoint import Checkpoint, open_checkpoint, read_pieces
from veriquant.formats.entries import Record, read_records
from veriquant.formats.header import Entry, Header
from veriquant.formats.reader import TensorReader
from veriquant.layout import PARTS
from veriquant.text import collector_paused, printable


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
    for name in sorted(sides[0].names | sides[1].names):
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

    @collector_paused()
    def __init__(self, checkpoint: Checkpoint) -> None:
        self.path = checkpoint.path
        self.records: dict[str, tuple[Header, Record]] = {}
        self.entries: dict[str, tuple[Header, Entry]] = {}
        self.names: set[str] = set()
        self.reader = TensorReader()
        for header in checkpoint.shards.values():
            records = read_records(header)
            parts = {f"{name}.{part}" for name in records for part in PARTS}
            self.records.update({name: (header, record) for name, record in records.items()})
            self.entries.update({n: (header, e) for n, e in header.entries.items()})
            self.names |= (header.entries.keys() | records.keys()) - parts

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
            tensor = self.reader.quantized(header.path, name, record)
            return lambda rows: np.asarray(dequantize(tensor, rows=rows))
        header, entry = self.entries[name]
        if len(entry.shape) != 2 or entry.dtype not in ("F32", "F16", "BF16"):
            return None

        return lambda rows: self.reader.rows(header.path, name, rows).astype(np.float32, copy=False)


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
            distance[np.isnan(distance)] = np.inf  # NaN on one side: infinitely far
            distance[np.isnan(distance)] = np.inf  # NaN on one side: infinitely far
            worst = np.where(differs, distance, 0.0).max(axis=1)
            if worst.max() > largest or channel is None:
                largest, channel = float(worst.max()), rows.start + int(worst.argmax())
    return Difference(name, what, count, n * k, largest, channel)

"""What a conversion would do, found without writing: `--dry-run`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TensorPlan:
    """What would happen to one tensor.

    action   `quantize`, `dequantize` or `copy`
    reason   the rule that decided it, in words
    stored   bytes of the tensor in the output
    """

    name: str
    shard: str
    dtype: str
    shape: tuple[int, ...]
    action: str
    reason: str
    stored: int

    def __str__(self) -> str:
        shape = "x".join(map(str, self.shape)) or "scalar"
        return f"{self.action:<10} {self.name}  {self.dtype} {shape}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be written: every tensor by shard, the further files, and what may surprise."""

    tensors: tuple[TensorPlan, ...]
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def stored(self) -> int:
        """Bytes of the output's tensors."""
        return sum(tensor.stored for tensor in self.tensors)

    def counts(self) -> Mapping[str, int]:
        """Tensors by action."""
        found: dict[str, int] = {}
        for tensor in self.tensors:
            found[tensor.action] = found.get(tensor.action, 0) + 1
        return found

    def lines(self) -> Iterator[str]:
        """The plan for people: a line a tensor, then the sums."""
        yield from map(str, self.tensors)
        sums = ", ".join(f"{action} {count}" for action, count in sorted(self.counts().items()))
        yield (
            f"dry run, nothing written: {sums}; {len(self.files)} other files; "
            f"{self.stored:,} bytes of tensors"
        )
        yield from (f"note: {note}" for note in self.notes)

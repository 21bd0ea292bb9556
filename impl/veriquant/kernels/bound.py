"""The certificate's bound: what a column's accumulator can reach, from its own codes (T2c)."""

from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require

from veriquant_spec.markers import invariant, kernel
from veriquant_spec.matmul import distance, grouped_distance
from veriquant_spec.types import I64, U4, GroupSize


@kernel("VQ-ACC-004")
@require(lambda q: len(q) <= 2**48)
@ensure(lambda q, zero, result: result == 128 * distance(q, zero, len(q)))
@ensure(lambda q, result: result >= 0 and result <= 1920 * len(q))
def column_bound(q: Sequence[U4], zero: U4) -> I64:
    """`128 * sum(|q[i] - zero|)`: no int8 activations drive the accumulator above it (T2c)."""
    total: I64 = 0
    for i in range(len(q)):
        assert invariant(total == distance(q, zero, i), total >= 0 and total <= 15 * i)
        total = total + abs(q[i] - zero)
    return 128 * total


@kernel("VQ-ACC-004")
@require(lambda q: len(q) <= 2**48)
@require(lambda q, zeros, group: len(q) <= len(zeros) * group)
@ensure(lambda q, zeros, group, result: result == 128 * grouped_distance(q, zeros, group, len(q)))
@ensure(lambda q, result: result >= 0 and result <= 1920 * len(q))
def grouped_bound(q: Sequence[U4], zeros: Sequence[U4], group: GroupSize) -> I64:
    """`column_bound` with the format's zero points, one for each group of `group` pairs (T2c)."""
    total: I64 = 0
    for i in range(len(q)):
        assert invariant(
            total == grouped_distance(q, zeros, group, i), total >= 0 and total <= 15 * i
        )
        assert i // group < len(zeros)
        total = total + abs(q[i] - zeros[i // group])
    return 128 * total

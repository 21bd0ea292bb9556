"""Integer products of int8 activations with 3.5-bit codes (design section 3, theorems T2, T2c)."""

from __future__ import annotations

from collections.abc import Sequence

from icontract import require

from veriquant_spec.markers import logic


@logic
@require(lambda a, q, n: n <= len(a) and n <= len(q))
def dot(a: Sequence[int], q: Sequence[int], zero: int, n: int) -> int:
    """`sum(a[i] * (q[i] - zero) for i < n)`."""
    return dot(a, q, zero, n - 1) + a[n - 1] * (q[n - 1] - zero) if n > 0 else 0


@logic
@require(lambda q, n: n <= len(q))
def distance(q: Sequence[int], zero: int, n: int) -> int:
    """`sum(|q[i] - zero| for i < n)`: the column weight of T2c."""
    return distance(q, zero, n - 1) + abs(q[n - 1] - zero) if n > 0 else 0


@logic
@require(lambda a, q, n: n <= len(a) and n <= len(q))
@require(lambda zeros, group, n: group > 0 and n <= len(zeros) * group)
def grouped_dot(
    a: Sequence[int], q: Sequence[int], zeros: Sequence[int], group: int, n: int
) -> int:
    """`sum(a[i] * (q[i] - zeros[i // group]) for i < n)`: a zero point for each group."""
    return (
        grouped_dot(a, q, zeros, group, n - 1) + a[n - 1] * (q[n - 1] - zeros[(n - 1) // group])
        if n > 0
        else 0
    )


@logic
@require(lambda q, n: n <= len(q))
@require(lambda zeros, group, n: group > 0 and n <= len(zeros) * group)
def grouped_distance(q: Sequence[int], zeros: Sequence[int], group: int, n: int) -> int:
    """`sum(|q[i] - zeros[i // group]| for i < n)`: the column weight of T2c, group by group."""
    return (
        grouped_distance(q, zeros, group, n - 1) + abs(q[n - 1] - zeros[(n - 1) // group])
        if n > 0
        else 0
    )


@logic
@require(lambda a, w, n: n <= len(a) and n <= len(w))
@require(lambda w, j: j >= 0 and all(j < len(w[p]) for p in range(len(w))))
def column_wide(a: Sequence[int], w: Sequence[Sequence[int]], zero: int, j: int, n: int) -> int:
    """Wide half of row `a` times column `j`: `a[p]` meets the wide code of pair `w[p][j]`."""
    return column_wide(a, w, zero, j, n - 1) + a[n - 1] * (w[n - 1][j] % 16 - zero) if n > 0 else 0


@logic
@require(lambda a, w, half, n: half >= 0 and half + n <= len(a) and n <= len(w))
@require(lambda w, j: j >= 0 and all(j < len(w[p]) for p in range(len(w))))
def column_narrow(
    a: Sequence[int], w: Sequence[Sequence[int]], zero: int, half: int, j: int, n: int
) -> int:
    """Narrow half of row `a` times column `j`: `a[half + p]` meets the narrow code of `w[p][j]`."""
    return (
        column_narrow(a, w, zero, half, j, n - 1) + a[half + n - 1] * (w[n - 1][j] // 16 - zero)
        if n > 0
        else 0
    )


def matmul(
    a: Sequence[Sequence[int]],
    w: Sequence[Sequence[int]],
    zeros_wide: Sequence[int],
    zeros_narrow: Sequence[int],
) -> tuple[list[list[int]], list[list[int]]]:
    """Wide and narrow accumulators `[M, N]` of int8 `a [M, K]` and pairs `w [K/2, N]`."""
    half, columns = len(w), range(len(zeros_wide))
    wide = [
        [sum(r[p] * (w[p][j] % 16 - zeros_wide[j]) for p in range(half)) for j in columns]
        for r in a
    ]
    narrow = [
        [sum(r[half + p] * (w[p][j] // 16 - zeros_narrow[j]) for p in range(half)) for j in columns]
        for r in a
    ]
    return wide, narrow

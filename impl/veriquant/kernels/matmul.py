"""Integer products with int32 accumulators that cannot overflow (theorem T2, paper 4.2).

The wide and the narrow half of a reduction have scales of their own, hence accumulators of their
own: at most 4096 products of magnitude 128 * 15 = 1920 (wide) and 128 * 7 = 896 (narrow).
"""

from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require

from veriquant.kernels.packing import unpack_narrow, unpack_wide
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.matmul import column_narrow, column_wide, dot, grouped_dot
from veriquant_spec.types import I8, I32, MAX_K, U3, U4, U7, Acc, Channels, Dimension, GroupSize


@kernel("VQ-ACC-001", "VQ-ACC-002")
@require(lambda a: len(a) <= MAX_K // 2)
@require(lambda a, q: len(q) == len(a))
@ensure(lambda a, q, zero, result: result == dot(a, q, zero, len(a)))
@ensure(lambda a, result: abs(result) <= 1920 * len(a))
def dot_wide(a: Sequence[I8], q: Sequence[U4], zero: U4) -> Acc:
    """`sum(a[i] * (q[i] - zero))` over the wide half; at most 4096 * 1920 = 7,864,320."""
    acc: I32 = 0
    for i in range(len(a)):
        assert invariant(acc == dot(a, q, zero, i), abs(acc) <= 1920 * i)
        acc = acc + a[i] * (q[i] - zero)
    return acc


@kernel("VQ-ACC-001", "VQ-ACC-002")
@require(lambda a: len(a) <= MAX_K // 2)
@require(lambda a, q: len(q) == len(a))
@ensure(lambda a, q, zero, result: result == dot(a, q, zero, len(a)))
@ensure(lambda a, result: abs(result) <= 896 * len(a))
def dot_narrow(a: Sequence[I8], q: Sequence[U3], zero: U3) -> Acc:
    """`sum(a[i] * (q[i] - zero))` over the narrow half; at most 4096 * 896 = 3,670,016."""
    acc: I32 = 0
    for i in range(len(a)):
        assert invariant(acc == dot(a, q, zero, i), abs(acc) <= 896 * i)
        acc = acc + a[i] * (q[i] - zero)
    return acc


@kernel("VQ-ACC-001", "VQ-ACC-002")
@require(lambda a: len(a) <= MAX_K // 2)
@require(lambda a, q: len(q) == len(a))
@require(lambda a, zeros, group: len(a) <= len(zeros) * group)
@ensure(lambda a, q, zeros, group, result: result == grouped_dot(a, q, zeros, group, len(a)))
@ensure(lambda a, result: abs(result) <= 1920 * len(a))
def dot_grouped(a: Sequence[I8], q: Sequence[U4], zeros: Sequence[U4], group: GroupSize) -> Acc:
    """The wide half with the format's zero points, one for each group of `group` pairs."""
    acc: I32 = 0
    for i in range(len(a)):
        assert invariant(acc == grouped_dot(a, q, zeros, group, i), abs(acc) <= 1920 * i)
        assert i // group < len(zeros)
        acc = acc + a[i] * (q[i] - zeros[i // group])
    return acc


@kernel("VQ-ACC-001", "VQ-ACC-002", "VQ-ACC-003")
@require(lambda w: len(w) <= MAX_K // 2)
@require(lambda a, w: len(a) == 2 * len(w))
@require(lambda w, j: all(j < len(w[p]) for p in range(len(w))))
@ensure(lambda a, w, j, zero_wide, result: result[0] == column_wide(a, w, zero_wide, j, len(w)))
@ensure(
    lambda a, w, j, zero_narrow, result: (
        result[1] == column_narrow(a, w, zero_narrow, len(w), j, len(w))
    )
)
def column_dot(
    a: Sequence[I8], w: Sequence[Sequence[U7]], j: Dimension, zero_wide: U4, zero_narrow: U3
) -> tuple[Acc, Acc]:
    """Row `a` (`K` activations) times column `j` of the pairs `w` (`K/2` rows), both halves."""
    half = len(w)
    wide: I32 = 0
    narrow: I32 = 0
    for p in range(half):
        assert invariant(
            wide == column_wide(a, w, zero_wide, j, p),
            narrow == column_narrow(a, w, zero_narrow, half, j, p),
            abs(wide) <= 1920 * p,
            abs(narrow) <= 896 * p,
        )
        wide = wide + a[p] * (unpack_wide(w[p][j]) - zero_wide)
        narrow = narrow + a[half + p] * (unpack_narrow(w[p][j]) - zero_narrow)
    return wide, narrow


@kernel("VQ-ACC-001", "VQ-ACC-002", "VQ-ACC-003")
@require(lambda k: k % 2 == 0)
@require(lambda a, m: len(a) == m)
@require(lambda a, k: all(len(a[i]) == k for i in range(len(a))))
@require(lambda w, k: 2 * len(w) == k)
@require(lambda w, n: all(len(w[p]) == n for p in range(len(w))))
@require(lambda zeros_wide, n: len(zeros_wide) == n)
@require(lambda zeros_narrow, n: len(zeros_narrow) == n)
@ensure(lambda m, result: len(result[0]) == m and len(result[1]) == m)
@ensure(lambda m, n, result: all(len(result[0][i]) == n for i in range(m)))
@ensure(lambda m, n, result: all(len(result[1][i]) == n for i in range(m)))
@ensure(
    lambda a, w, zeros_wide, m, n, result: all(
        result[0][i][j] == column_wide(a[i], w, zeros_wide[j], j, len(w))
        for i in range(m)
        for j in range(n)
    )
)
@ensure(
    lambda a, w, zeros_narrow, m, n, result: all(
        result[1][i][j] == column_narrow(a[i], w, zeros_narrow[j], len(w), j, len(w))
        for i in range(m)
        for j in range(n)
    )
)
@ensure(
    lambda m, n, result: all(
        abs(result[0][i][j]) < 2**30 and abs(result[1][i][j]) < 2**30
        for i in range(m)
        for j in range(n)
    )
)
def matmul_3p5bit(
    a: Sequence[Sequence[I8]],
    w: Sequence[Sequence[U7]],
    zeros_wide: Sequence[U4],
    zeros_narrow: Sequence[U3],
    m: Dimension,
    n: Dimension,
    k: Channels,
) -> tuple[list[list[Acc]], list[list[Acc]]]:
    """Accumulators `[m, n]` of both halves of `a [m, k]` times pairs `w [k/2, n]`.

    SPARK's `MatMul_3p5bit`; per-channel zero points, one per output channel and half.
    """
    wide: list[list[Acc]] = [[0] * n for _ in range(m)]
    narrow: list[list[Acc]] = [[0] * n for _ in range(m)]
    for i in range(m):
        assert invariant(
            all(
                wide[r][c] == column_wide(a[r], w, zeros_wide[c], c, len(w))
                for r in range(i)
                for c in range(n)
            ),
            all(
                narrow[r][c] == column_narrow(a[r], w, zeros_narrow[c], len(w), c, len(w))
                for r in range(i)
                for c in range(n)
            ),
        )
        for j in range(n):
            assert invariant(
                all(
                    wide[r][c] == column_wide(a[r], w, zeros_wide[c], c, len(w))
                    for r in range(i)
                    for c in range(n)
                ),
                all(
                    narrow[r][c] == column_narrow(a[r], w, zeros_narrow[c], len(w), c, len(w))
                    for r in range(i)
                    for c in range(n)
                ),
                all(wide[i][c] == column_wide(a[i], w, zeros_wide[c], c, len(w)) for c in range(j)),
                all(
                    narrow[i][c] == column_narrow(a[i], w, zeros_narrow[c], len(w), c, len(w))
                    for c in range(j)
                ),
            )
            halves = column_dot(a[i], w, j, zeros_wide[j], zeros_narrow[j])
            wide[i][j] = halves[0]
            narrow[i][j] = halves[1]
    return wide, narrow

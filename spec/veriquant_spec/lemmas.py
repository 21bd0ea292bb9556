"""Theorem-level statements, proved by the same engine as the kernels (design section 4).

A lemma's preconditions are its hypotheses, its postconditions its statement and its body its
proof: a loop is an induction over its counter, a call of another lemma its use. Each is an
executable function too, so that Hypothesis can sample it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

from icontract import ensure, require

from veriquant_spec.grid import covers, is_levels, within_half_step
from veriquant_spec.markers import invariant, lemma
from veriquant_spec.matmul import distance, dot, grouped_distance, grouped_dot
from veriquant_spec.packing import byte_bits, pair_bits, size
from veriquant_spec.rounding import is_nearest, is_rne
from veriquant_spec.types import ACC_LIMIT, I8, MAX_K, U4, U7, U8, Range

#: Bits of a pair below a byte boundary that cuts it.
Straddle = Annotated[int, Range(1, 6)]

# ------------------------------------------------------------------ T1: rounding


@lemma("T1", "VQ-RND-001")
@require(lambda s: s > 0)
@require(lambda n, x: 2 * abs(n - x) <= 1)
@require(lambda w, x, s: w == x * s)
@ensure(lambda n, w, s: 2 * abs(n * s - w) <= s)
def rounding_error(n: int, x: Fraction, w: Fraction, s: Fraction) -> bool:
    """T1 over the rationals: if `n` is nearest to `x = w / s`, then `|n * s - w| <= s / 2`."""
    return True


@lemma("T1", "VQ-RND-002")
@require(lambda b: b > 0)
@require(lambda p, a, b: is_rne(p, a, b))
@require(lambda q, a, b: is_rne(q, a, b))
@ensure(lambda p, q: p == q)
def rne_unique(p: int, q: int, a: int, b: int) -> bool:
    """Ties to even leaves no choice: two results of rounding `a / b` are equal."""
    assert p < q + 2 and q < p + 2
    return True


@lemma("T1", "VQ-RND-001")
@require(lambda b: b > 0)
@require(lambda a, b: is_nearest(0, a, b))
@ensure(lambda a, b: -b <= 2 * a and 2 * a <= b)
def nearest_zero(a: int, b: int) -> bool:
    """What rounds to zero lies within half a step of it."""
    return True


# ------------------------------------------------------------------ T1c: clamped grid


@lemma("T1c", "VQ-GRID-004")
@require(lambda levels: is_levels(levels))
@require(lambda lo, hi: lo <= 0 and hi >= 0)
@require(lambda s: s > 0)
@require(lambda lo, hi, s, levels: hi - lo <= (levels - 1) * s)
@require(lambda z, lo, s: is_nearest(z, -lo, s))
@require(lambda w, lo, hi: lo <= w <= hi)
@ensure(lambda w, s, z, levels: covers(w, s, z, levels))
def grid_covers(w: int, lo: int, hi: int, s: int, z: int, levels: int) -> bool:
    """The grid of design section 3 covers every weight of its group."""
    return True


@lemma("T1c", "VQ-GRID-003")
@require(lambda levels: is_levels(levels))
@require(lambda s: s > 0)
@require(lambda lo, s, levels: lo <= 0 and -lo <= (levels - 1) * s)
@require(lambda z, lo, s: is_nearest(z, -lo, s))
@ensure(lambda z, levels: z >= 0 and z <= levels - 1)
def zero_point_is_code(lo: int, s: int, z: int, levels: int) -> bool:
    """The zero point needs no clamp: `0 <= z <= levels - 1`."""
    return True


@lemma("T1c", "VQ-GRID-004")
@require(lambda s: s > 0)
@require(lambda z, levels: z >= 0 and z <= levels - 1)
@require(lambda w, s, z, levels: covers(w, s, z, levels))
@require(lambda n, w, s: is_nearest(n, w, s))
@ensure(
    lambda n, w, s, z, levels: within_half_step(
        0 if n + z < 0 else (levels - 1 if n + z > levels - 1 else n + z), z, s, w
    )
)
def clamped_error(n: int, w: int, s: int, z: int, levels: int) -> bool:
    """T1c from "nearest" alone: a code moved into range still lies within half a step."""
    return True


# ------------------------------------------------------------------ T1f: division in float64


@lemma("T1f", "VQ-RND-003")
@require(lambda a, b, m: a > 0 and a < 2**24 and b > 0 and b < 2**19 and m > 0 and m < 2**6)
@require(lambda shift: shift >= 1)
@require(lambda a, b, m, shift: shift * a != m * b)
@ensure(lambda a, b, m, shift: 2**25 * abs(shift * a - m * b) >= m * b)
def quotient_avoids_tie_above(a: int, b: int, m: int, shift: int) -> bool:
    """T1f, weight's exponent above: `shift = 2 * 2**g`, tie `m / 2`, quotient `2**g * a / b`.

    The quotient misses the tie by a relative distance of at least 2**-25, far more than half an
    ulp of float64 (2**-53), so correct rounding, which is monotone, cannot reach or cross it.
    """
    assert m * b < 2**25
    return True


@lemma("T1f", "VQ-RND-003")
@require(lambda a, b, m: a > 0 and a < 2**24 and b > 0 and b < 2**19 and m > 0 and m < 2**6)
@require(lambda c: c >= 1)
@require(lambda a, b, m, c: 2 * a != m * b * c)
@ensure(lambda a, b, m, c: 2**25 * abs(2 * a - m * b * c) >= 2 * a)
def quotient_avoids_tie_below(a: int, b: int, m: int, c: int) -> bool:
    """T1f, weight's exponent below: quotient `a / (b * c)`, `c = 2**g`, tie `m / 2`."""
    assert 2 * a < 2**25
    return True


# ------------------------------------------------------------------ T1n: norm


@lemma("T1n", "VQ-NORM-001")
@require(lambda s: s >= 0)
@require(lambda e, s: 2 * abs(e) <= s)
@ensure(lambda e, s: 4 * (e * e) <= s * s)
def squared_error(e: Fraction, s: Fraction) -> bool:
    """One weight's share of T1n: `e**2 <= s**2 / 4`; sums keep the inequality."""
    assert -s <= 2 * e and 2 * e <= s
    assert (s - 2 * e) * (s + 2 * e) >= 0
    return True


# ------------------------------------------------------------------ T2 and T2c: accumulators


@lemma("T2", "VQ-ACC-001", "VQ-ACC-002")
@require(lambda a, q, n: n >= 0 and n <= len(a) and n <= len(q))
@require(lambda zero: zero >= 0 and zero <= 15)
@ensure(lambda a, q, zero, n: abs(dot(a, q, zero, n)) <= 1920 * n)
def dot_bound(a: Sequence[I8], q: Sequence[U4], zero: int, n: int) -> bool:
    """T2 for every length: each product is at most 128 * 15 = 1920 in magnitude."""
    for i in range(n):
        assert invariant(abs(dot(a, q, zero, i)) <= 1920 * i)
        assert abs(a[i] * (q[i] - zero)) <= 1920
    return True


@lemma("T2", "VQ-ACC-001")
@require(lambda a, q, n: n >= 0 and n <= len(a) and n <= len(q))
@require(lambda zero: zero >= 0 and zero <= 15)
@require(lambda n: 2 * n <= MAX_K)
@ensure(lambda a, q, zero, n: abs(dot(a, q, zero, n)) <= 7864320)
@ensure(lambda a, q, zero, n: abs(dot(a, q, zero, n)) < ACC_LIMIT)
def dot_fits(a: Sequence[I8], q: Sequence[U4], zero: int, n: int) -> bool:
    """T2 at `K <= 8192`: half the products, 4096 * 1920 = 7,864,320 < 2**30."""
    assert dot_bound(a, q, zero, n)
    return True


@lemma("T2c", "VQ-ACC-004")
@require(lambda a, q, n: n >= 0 and n <= len(a) and n <= len(q))
@require(lambda zero: zero >= 0 and zero <= 15)
@ensure(lambda a, q, zero, n: abs(dot(a, q, zero, n)) <= 128 * distance(q, zero, n))
def column_bound_holds(a: Sequence[I8], q: Sequence[U4], zero: int, n: int) -> bool:
    """T2c: whatever the int8 activations, the column's own bound holds, for partial sums too."""
    for i in range(n):
        assert invariant(abs(dot(a, q, zero, i)) <= 128 * distance(q, zero, i))
        assert abs(a[i] * (q[i] - zero)) <= 128 * abs(q[i] - zero)
    return True


@lemma("T2", "VQ-ACC-001", "VQ-ACC-002")
@require(lambda a, q, low, high: low >= 0 and low <= high <= len(a) and high <= len(q))
@require(lambda zeros, group, high: group > 0 and high <= len(zeros) * group)
@ensure(
    lambda a, q, zeros, group, low, high: (
        abs(grouped_dot(a, q, zeros, group, high) - grouped_dot(a, q, zeros, group, low))
        <= 1920 * (high - low)
    )
)
def segment_bound(
    a: Sequence[I8], q: Sequence[U4], zeros: Sequence[U4], group: int, low: int, high: int
) -> bool:
    """T2 for every segment `low..high` of a column: so any split over threads keeps the bound."""
    for i in range(low, high):
        assert invariant(
            abs(grouped_dot(a, q, zeros, group, i) - grouped_dot(a, q, zeros, group, low))
            <= 1920 * (i - low)
        )
        assert i // group < len(zeros)
        assert abs(a[i] * (q[i] - zeros[i // group])) <= 1920
    return True


@lemma("T2c", "VQ-ACC-004")
@require(lambda a, q, n: n >= 0 and n <= len(a) and n <= len(q))
@require(lambda zeros, group, n: group > 0 and n <= len(zeros) * group)
@ensure(
    lambda a, q, zeros, group, n: (
        abs(grouped_dot(a, q, zeros, group, n)) <= 128 * grouped_distance(q, zeros, group, n)
    )
)
def grouped_bound_holds(
    a: Sequence[I8], q: Sequence[U4], zeros: Sequence[U4], group: int, n: int
) -> bool:
    """T2c in the format's terms: a zero point for each group, partial sums too."""
    for i in range(n):
        assert invariant(
            abs(grouped_dot(a, q, zeros, group, i)) <= 128 * grouped_distance(q, zeros, group, i)
        )
        assert i // group < len(zeros)
        assert abs(a[i] * (q[i] - zeros[i // group])) <= 128 * abs(q[i] - zeros[i // group])
    return True


# ------------------------------------------------------------------ T3: composition


@lemma("T3", "VQ-ERR-001")
@require(lambda factor: factor >= 0)
@require(lambda error, bound: error <= bound)
@require(lambda after, factor, error, eps: after <= factor * error + eps)
@ensure(lambda after, factor, bound, eps: after <= factor * bound + eps)
def composition_step(
    error: Fraction, bound: Fraction, after: Fraction, factor: Fraction, eps: Fraction
) -> bool:
    """T3, one layer: the recurrence keeps the bound; Lean sums it over all layers."""
    assert factor * (bound - error) >= 0
    return True


# ------------------------------------------------------------------ T4: streams


@lemma("T4", "VQ-STREAM-004", theory="bv")
@ensure(
    lambda x, y, z, r: (
        (
            ((((x >> r - 1) + (y << 8 - r)) & 255) >> 8 - r)
            + ((((y >> r) + (z << 7 - r)) & 255) << r)
        )
        & 127
        == y
    )
)
def straddling_pair(x: U7, y: U7, z: U7, r: Straddle) -> bool:
    """Pair `y` between its neighbours, cut by a byte boundary after its lowest `r` bits."""
    return True


@lemma("T4", "VQ-STREAM-004")
@require(lambda pairs, data: len(data) == size(len(pairs)))
@require(
    lambda pairs, data: all(data[t] == byte_bits(pairs, len(pairs), t) for t in range(len(data)))
)
@require(lambda pairs, i: i >= 0 and i < len(pairs))
@ensure(lambda pairs, data, i: pair_bits(data, i) == pairs[i])
def stream_round_trip(pairs: Sequence[U7], data: Sequence[U8], i: int) -> bool:
    """T4 at every length: pair `i` of the packed stream is pair `i`."""
    r = i % 8
    t = 7 * i // 8
    assert t >= 0 and t < len(data)
    assert data[t] == byte_bits(pairs, len(pairs), t)
    if r == 0:
        assert 8 * t // 7 == i and 8 * t % 7 == 0
        return True
    assert 7 * i % 8 == 8 - r and 8 * t // 7 == i - 1 and 8 * t % 7 == r - 1
    if r == 7:
        return True
    assert 8 * (t + 1) // 7 == i and 8 * (t + 1) % 7 == r and t + 1 < len(data)
    assert data[t + 1] == byte_bits(pairs, len(pairs), t + 1)
    after = pairs[i + 1] if i + 1 < len(pairs) else 0
    assert straddling_pair(pairs[i - 1], pairs[i], after, r)
    assert data[t] == ((pairs[i - 1] >> r - 1) + (pairs[i] << 8 - r)) % 256
    assert data[t + 1] == ((pairs[i] >> r) + (after << 7 - r)) % 256
    assert ((data[t] >> 8 - r) + (data[t + 1] << r)) % 128 == pairs[i]
    assert 8 - 7 * i % 8 == r
    return True

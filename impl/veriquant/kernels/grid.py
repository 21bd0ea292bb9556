"""The asymmetric grid on exact fixed-point integers (theorems T1c and T5, paper 3.3 corrected).

Weights `w`, scales `unit` (`S`) and steps `scale` (`k * S`) are integers in units of 2**-149, the
least positive float32, so that every finite float32, float16 and bfloat16 is one exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require

from veriquant.kernels.rounding import rne_div
from veriquant_spec.grid import clamp, covers, is_levels, within_half_step
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import (
    FIX512,
    U4,
    Factor,
    Fix,
    FixSpan,
    FixStep,
    FixUnit,
    FixWeight,
    Levels,
    Significand,
    Steps,
)


@kernel("VQ-GRID-001", word=FIX512)
@require(lambda w: len(w) <= 2**48)
@ensure(lambda result: result[0] <= 0 and result[1] >= 0)
@ensure(lambda w, result: all(result[0] <= w[i] and w[i] <= result[1] for i in range(len(w))))
@ensure(lambda w, result: result[0] == 0 or any(w[i] == result[0] for i in range(len(w))))
@ensure(lambda w, result: result[1] == 0 or any(w[i] == result[1] for i in range(len(w))))
def weight_range(w: Sequence[FixWeight]) -> tuple[FixWeight, FixWeight]:
    """`lo = min(0, min w)` and `hi = max(0, max w)` of a group."""
    lo: FixWeight = 0
    hi: FixWeight = 0
    for i in range(len(w)):
        assert invariant(
            lo <= 0 and hi >= 0,
            all(lo <= w[j] and w[j] <= hi for j in range(i)),
            lo == 0 or any(w[j] == lo for j in range(i)),
            hi == 0 or any(w[j] == hi for j in range(i)),
        )
        lo = min(lo, w[i])
        hi = max(hi, w[i])
    return lo, hi


@kernel("VQ-GRID-002", word=FIX512)
@require(lambda levels: is_levels(levels))
@require(lambda span, unit, levels: span <= (levels - 1) * unit * 255)
@ensure(lambda span, unit, levels, result: span <= (levels - 1) * unit * result)
@ensure(lambda span, unit, levels, result: result == 1 or (levels - 1) * unit * (result - 1) < span)
def group_scale(span: FixSpan, unit: FixUnit, levels: Levels) -> Factor:
    """Least `k >= 1` whose grid `(levels - 1) * k * S` spans `hi - lo`."""
    top = (levels - 1) * unit
    k = (span + top - 1) // top  # ceil(span / top)
    k = max(k, 1)
    return k


@kernel("VQ-GRID-003", word=FIX512)
@require(lambda levels: is_levels(levels))
@require(lambda lo: lo <= 0)
@require(lambda lo, scale, levels: -lo <= (levels - 1) * scale)
@ensure(lambda levels, result: result <= levels - 1)
@ensure(lambda lo, scale, result: result == rne_div(-lo, scale))
def zero_point(lo: FixWeight, scale: FixStep, levels: Levels) -> U4:
    """The code that stands for zero: `rne(-lo / s)`, in `0 .. levels - 1`."""
    return rne_div(-lo, scale)


@kernel("VQ-GRID-004", "VQ-GRID-005", word=FIX512)
@require(lambda levels: is_levels(levels))
@require(lambda zero, levels: zero <= levels - 1)
@ensure(lambda levels, result: result <= levels - 1)
@ensure(
    lambda w, scale, zero, levels, result: result == clamp(rne_div(w, scale) + zero, 0, levels - 1)
)
@ensure(
    lambda w, scale, zero, levels, result: (
        not covers(w, scale, zero, levels) or within_half_step(result, zero, scale, w)
    )
)
@ensure(lambda w, zero, result: w != 0 or result == zero)
def quantize_code(w: FixWeight, scale: FixStep, zero: U4, levels: Levels) -> U4:
    """Code of `w`: `clamp(rne(w / s) + z, 0, levels - 1)`; zero is exact, T1c where covered."""
    q = rne_div(w, scale) + zero
    q = max(q, 0)
    q = min(q, levels - 1)
    return q


@kernel("VQ-GRID-006")
@ensure(lambda q, zero, k, result: result == (q - zero) * k)
def dequantize_steps(q: U4, zero: U4, k: Factor) -> Steps:
    """`(q - z) * k`: the integer that multiplies `S`; twelve bits and a sign (T5)."""
    return (q - zero) * k


@kernel("VQ-GRID-006")
@ensure(lambda q, zero, k, significand, result: result == (q - zero) * k * significand)
@ensure(lambda result: result > -(2**24) and result < 2**24)
def dequantize_significand(q: U4, zero: U4, k: Factor, significand: Significand) -> int:
    """Significand of the dequantized value: below 2**24, so float32 holds it exactly (T5)."""
    return dequantize_steps(q, zero, k) * significand


@kernel("VQ-GRID-006", word=FIX512)
@ensure(lambda q, zero, k, unit, result: result == (q - zero) * k * unit)
def dequantize(q: U4, zero: U4, k: Factor, unit: FixUnit) -> Fix:
    """`w' = (q - z) * k * S`, exactly."""
    return dequantize_steps(q, zero, k) * unit


@kernel("VQ-GRID-003", "VQ-GRID-004", "VQ-GRID-005", word=FIX512)
@require(lambda w: len(w) <= 2**48)
@require(lambda levels: is_levels(levels))
@require(lambda lo, hi: lo <= 0 and hi >= 0)
@require(lambda lo, hi, scale, levels: hi - lo <= (levels - 1) * scale)
@require(lambda w, lo, hi: all(lo <= w[i] and w[i] <= hi for i in range(len(w))))
@ensure(lambda lo, scale, levels, result: result[0] == zero_point(lo, scale, levels))
@ensure(lambda levels, result: result[0] <= levels - 1)
@ensure(lambda w, result: len(result[1]) == len(w))
@ensure(
    lambda w, scale, levels, result: all(
        result[1][i] == quantize_code(w[i], scale, result[0], levels) for i in range(len(w))
    )
)
@ensure(lambda levels, result: all(result[1][i] <= levels - 1 for i in range(len(result[1]))))
@ensure(
    lambda w, scale, result: all(
        within_half_step(result[1][i], result[0], scale, w[i]) for i in range(len(w))
    )
)
def quantize_group(
    w: Sequence[FixWeight], lo: FixWeight, hi: FixWeight, scale: FixStep, levels: Levels
) -> tuple[U4, list[U4]]:
    """Zero point and codes of a group: every weight within half a step, clamped ones too (T1c)."""
    zero = zero_point(lo, scale, levels)
    codes: list[U4] = [0] * len(w)
    for i in range(len(w)):
        assert invariant(
            all(codes[j] == quantize_code(w[j], scale, zero, levels) for j in range(i)),
            all(codes[j] <= levels - 1 for j in range(i)),
            all(within_half_step(codes[j], zero, scale, w[j]) for j in range(i)),
        )
        codes[i] = quantize_code(w[i], scale, zero, levels)
    return zero, codes

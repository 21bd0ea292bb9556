"""The asymmetric grid of a group of weights, exactly (design section 3, theorems T1c and T5).

Weights, scales and steps are rationals; `unit` is `S`, `k` the group's factor, `k * S` its step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from veriquant_spec.markers import logic
from veriquant_spec.rounding import rne

#: Largest group factor: `k` is stored in one byte and is never zero.
MAX_FACTOR = 255


@dataclass(frozen=True, slots=True)
class Grid:
    """`levels` codes at distance `k * unit`; code `zero` stands for 0."""

    unit: Fraction
    k: int
    zero: int
    levels: int

    @property
    def scale(self) -> Fraction:
        """The step `s = k * S`."""
        return self.unit * self.k


def weight_range(weights: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """`lo = min(0, min w)` and `hi = max(0, max w)`: zero always lies on the grid."""
    return min([Fraction(0), *weights]), max([Fraction(0), *weights])


def least_factor(span: Fraction, unit: Fraction, levels: int) -> int:
    """Least `k >= 1` with `(levels - 1) * unit * k >= span`; above 255, `unit` is too small."""
    return max(1, math.ceil(span / ((levels - 1) * unit)))


def fit_group(weights: Sequence[Fraction], unit: Fraction, levels: int) -> Grid:
    """The grid of design section 3 for one group, given the channel's `S` (`unit`).

    Raises ValueError if no `k <= 255` covers the group: the channel needs a larger `unit`.
    """
    lo, hi = weight_range(weights)
    k = least_factor(hi - lo, unit, levels)
    if k > MAX_FACTOR:
        raise ValueError(f"group span {hi - lo} needs k = {k} > {MAX_FACTOR} at unit {unit}")
    return Grid(unit, k, rne(-lo / (unit * k)), levels)


def quantize(w: Fraction, grid: Grid) -> int:
    """Code of `w`: `clamp(rne(w / s) + z, 0, L - 1)`."""
    return min(max(rne(w / grid.scale) + grid.zero, 0), grid.levels - 1)


def dequantize(q: int, grid: Grid) -> Fraction:
    """Value of code `q`: `(q - z) * k * S`, exactly."""
    return (q - grid.zero) * grid.scale


@logic
def is_levels(levels: int) -> bool:
    """A grid has 16 levels (wide) or 8 (narrow)."""
    return levels == 16 or levels == 8  # noqa: PLR1714 (the verified subset has no `in`)


@logic
def covers(w: int, scale: int, zero: int, levels: int) -> bool:
    """`w` lies within half a step of the grid's span: no clamp costs more than `scale / 2`."""
    return -(2 * zero + 1) * scale <= 2 * w and 2 * w <= (2 * (levels - 1 - zero) + 1) * scale


@logic
def clamp(q: int, low: int, high: int) -> int:
    """`q` moved into `low..high`."""
    return low if q < low else (high if q > high else q)


@logic
def within_half_step(q: int, zero: int, scale: int, w: int) -> bool:
    """`|w' - w| <= s / 2` on integers (T1c)."""
    return 2 * abs((q - zero) * scale - w) <= scale

"""Round to nearest, ties to even, over exact rationals (design section 3, theorem T1)."""

from __future__ import annotations

from fractions import Fraction

from veriquant_spec.markers import logic


def rne(x: Fraction | int) -> int:
    """The integer nearest to `x`; halfway cases go to the even neighbour."""
    return round(Fraction(x))  # Python's round on a Fraction is half-to-even and exact


@logic
def is_nearest(q: int, a: int, b: int) -> bool:
    """`q` is nearest to `a / b` (`b > 0`): `|q - a/b| <= 1/2`, on integers (T1)."""
    return 2 * abs(q * b - a) <= b


@logic
def is_rne(q: int, a: int, b: int) -> bool:
    """`q` is `a / b` (`b > 0`) rounded to nearest, ties to even; this determines `q` (T1)."""
    return is_nearest(q, a, b) and (2 * abs(q * b - a) < b or q % 2 == 0)

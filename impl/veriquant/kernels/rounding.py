"""Round-half-even division of integers (theorem T1)."""

from __future__ import annotations

from typing import Annotated

from icontract import ensure

from veriquant_spec.markers import kernel
from veriquant_spec.rounding import is_nearest, is_rne
from veriquant_spec.types import FIX512, Range

#: Dividend and divisor: wide enough for every quotient of the exact grid.
Dividend = Annotated[int, Range(-(2**300), 2**300)]
Divisor = Annotated[int, Range(1, 2**300)]


@kernel("VQ-RND-001", "VQ-RND-002", word=FIX512)
@ensure(lambda a, b, result: is_nearest(result, a, b))
@ensure(lambda a, b, result: is_rne(result, a, b))
def rne_div(a: Dividend, b: Divisor) -> Dividend:
    """`a / b` rounded to nearest, ties to even (T1)."""
    q = a // b
    twice = 2 * (a - q * b)  # twice the remainder, in 0 .. 2*b - 2
    if twice > b or (twice == b and q % 2 == 1):
        q = q + 1
    return q

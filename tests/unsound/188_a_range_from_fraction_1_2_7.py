# A range from Fraction(1, 2), 7.
# expect: `Fraction(1, 2)` is no constant: write it with integers, operators and constants
from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import Range

Half = Annotated[int, Range(Fraction(1, 2), 7)]


@kernel()
@ensure(lambda n, result: result >= 0)
def f(n: Half) -> Half:
    return n

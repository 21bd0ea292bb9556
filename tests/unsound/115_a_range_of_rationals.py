# A range of rationals.
# expect: `Annotated[Fraction, Range(0, 1)]` is a range of no integers
# witness: f(Fraction(1, 2))
from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import lemma
from veriquant_spec.types import Range


@lemma("T1")
@ensure(lambda x: x == 0 or x == 1)
def f(x: Annotated[Fraction, Range(0, 1)]) -> bool:
    return True

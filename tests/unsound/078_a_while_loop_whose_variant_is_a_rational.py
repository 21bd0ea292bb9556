# A while loop whose variant is a rational.
# expect: `y` is not an integer
from __future__ import annotations

from fractions import Fraction

from icontract import ensure, require
from veriquant_spec.markers import invariant, lemma, variant


@lemma("T1")
@require(lambda x: x > 0 and x < 1)
@ensure(lambda x: x > 5)
def f(x: Fraction) -> bool:
    y: Fraction = x * 1
    while y > 0:
        assert invariant(y > 0 and y < 1)
        assert variant(y)
        y = y * x
    return True

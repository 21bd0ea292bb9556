# A recursive specification function of rationals.
# expect: recursive power of a type other than bool and int
from __future__ import annotations

from fractions import Fraction

from icontract import ensure, require
from veriquant_spec.markers import lemma, logic


@logic
def power(x: Fraction, n: int) -> Fraction:
    return power(x, n - 1) * x if n > 0 else Fraction(1)


@lemma("T1")
@require(lambda x: 2 * x == 1)
@require(lambda x: power(x, 1) >= 0)
@ensure(lambda x: x > 5)
def f(x: Fraction) -> bool:
    return True

# A rational promised as an integer.
# expect: p gives real, not int
# witness: f(Fraction(1, 2))
from __future__ import annotations

from fractions import Fraction

from icontract import ensure, require
from veriquant_spec.markers import lemma, logic


@logic
def p(x: Fraction, n: int) -> int:
    return p(x, n - 1) + x if n > 0 else Fraction(0)


@lemma("T1")
@require(lambda x: 2 * x == 1)
@require(lambda x: p(x, 1) == p(x, 1))
@ensure(lambda x: x > 5)
def f(x: Fraction) -> bool:
    return True

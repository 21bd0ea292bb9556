# Recursion on a rational.
# expect: anything but an integer
# witness: f(Fraction(1, 2))
from __future__ import annotations

from fractions import Fraction

from icontract import ensure, require
from veriquant_spec.markers import lemma, logic


@logic
def p(x: Fraction) -> int:
    return p(x - 1) + 1 if x > 0 else 0


@lemma("T1")
@require(lambda x: x > 0)
@ensure(lambda x: p(x) == p(x))
def f(x: Fraction) -> bool:
    return True

# Minimum of an integer and a rational.
# expect: a choice between int[1..1] and real
from __future__ import annotations

from fractions import Fraction

from icontract import ensure, require
from veriquant_spec.markers import lemma


@lemma("T1")
@require(lambda x: x > 0)
@ensure(lambda x: 2 * (min(1, x) // 2) == min(1, x))
def f(x: Fraction) -> bool:
    return True

# A float among rationals.
# expect: `0.1` is outside the verified subset
# witness: f(Fraction(1, 10))
from __future__ import annotations

from fractions import Fraction

from icontract import ensure, require
from veriquant_spec.markers import lemma


@lemma("T1")
@require(lambda x: 10 * x == 1)
@ensure(lambda x: x == 0.1)
def f(x: Fraction) -> bool:
    return True

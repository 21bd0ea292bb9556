# A Fraction made of a float.
# expect: `0.1` is outside the verified subset
# witness: f(1)
from __future__ import annotations

from fractions import Fraction

from icontract import ensure
from veriquant_spec.markers import lemma


@lemma("T1")
@ensure(lambda n: 10 * Fraction(0.1) == 1)
def f(n: int) -> bool:
    return True

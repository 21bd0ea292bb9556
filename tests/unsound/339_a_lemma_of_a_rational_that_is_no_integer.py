# A lemma of a rational that is no integer.
# expect: postcondition at line 13
# witness: f(Fraction(1, 2))
from __future__ import annotations

from fractions import Fraction

from icontract import ensure
from veriquant_spec.markers import lemma


@lemma("T1")
@ensure(lambda x: x <= 0 or x >= 1)
def f(x: Fraction) -> bool:
    return True

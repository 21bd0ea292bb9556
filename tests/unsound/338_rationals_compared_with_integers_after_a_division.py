# Rationals compared with integers after a division.
# expect: postcondition at line 13
# witness: f(1)
from __future__ import annotations

from fractions import Fraction

from icontract import ensure
from veriquant_spec.markers import lemma


@lemma("T1")
@ensure(lambda n: Fraction(n) / 2 == n // 2)
def f(n: int) -> bool:
    return True

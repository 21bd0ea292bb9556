# A module of the standard library's name.
# expect: hides the library fractions
# Run from its folder, Python takes `fractions` from there.
from __future__ import annotations

from fractions import Fraction

from icontract import ensure
from veriquant_spec.markers import lemma


@lemma("T1")
@ensure(lambda n: Fraction(n) / 2 * 2 == n)
def f(n: int) -> bool:
    return True

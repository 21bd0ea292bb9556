# An integer passed for a rational.
# expect: argument x of half is int, expected real
# witness: f(1)
from __future__ import annotations

from fractions import Fraction

from icontract import ensure, require
from veriquant_spec.markers import lemma


@lemma("T1")
@require(lambda x: x == 1)
@ensure(lambda x: 2 * (x / 2) == 1)
def half(x: Fraction) -> bool:
    return True


@lemma("T1")
@require(lambda n: n == 1)
@ensure(lambda n: n // 2 == 1)
def f(n: int) -> bool:
    assert half(n)
    return True

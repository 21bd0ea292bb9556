# An integer held as a rational and divided.
# expect: `y` is real, not int
# witness: f(1)
from __future__ import annotations

from fractions import Fraction

from icontract import ensure, require
from veriquant_spec.markers import lemma


@lemma("T1")
@require(lambda n: n == 1)
@ensure(lambda n: n == 1)
def f(n: int) -> bool:
    y: Fraction = n
    assert y / 49 * 49 == y
    return True

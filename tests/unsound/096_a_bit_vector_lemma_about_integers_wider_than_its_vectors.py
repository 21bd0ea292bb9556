# A bit-vector lemma about integers wider than its vectors.
# expect: parameter `x` of f has no range
# witness: f(2 ** 64)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import lemma


@lemma("T4", theory="bv")
@require(lambda x: x == 2**64)
@ensure(lambda x: x * x == 0)
def f(x: int) -> bool:
    return True

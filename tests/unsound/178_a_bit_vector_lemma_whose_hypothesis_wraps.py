# A bit-vector lemma whose hypothesis wraps.
# expect: precondition at line 22
# witness: f(4)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.types import U8


@lemma("T4", theory="bv")
@require(lambda a: a * 2**126 == 0)
@ensure(lambda a: a & 3 == 0)
def masks(a: U8) -> bool:
    return True


@kernel()
@require(lambda n: n & 3 == 0)
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    assert masks(n)
    return n

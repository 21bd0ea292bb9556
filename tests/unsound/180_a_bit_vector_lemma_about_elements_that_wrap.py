# A bit-vector lemma about elements that wrap.
# expect: postcondition at line 13
# witness: f(4)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.types import I64, U8


@lemma("T4", theory="bv")
@require(lambda a, b: a >= 0 and b >= 0)
@ensure(lambda a, b: a * b * a * b >= 0 and a * b * a * b < 2**127)
def bounded(a: I64, b: I64) -> bool:
    return True


@kernel()
@require(lambda n: n == 4)
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    assert bounded(n * 2**60, n * 2**60)
    return n

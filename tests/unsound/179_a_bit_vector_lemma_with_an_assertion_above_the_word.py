# A bit-vector lemma with an assertion above the word.
# expect: assertion at line 14
# witness: f(4)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.types import U8


@lemma("T4", theory="bv")
@ensure(lambda a: a == a)
def wraps(a: U8) -> bool:
    assert a * 2**128 == 0
    return True


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    assert wraps(n)
    return n

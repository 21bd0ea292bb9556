# A bit-vector lemma with a literal above the word in an integer kernel.
# expect: postcondition at line 12
# witness: f(4)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.types import U8


@lemma("T4", theory="bv")
@ensure(lambda a: a & 3 != 0 or a * 2**126 == 0)
def wraps(a: U8) -> bool:
    return True


@kernel()
@require(lambda n: n == 4)
@ensure(lambda n, result: n * 2**126 == 0)
def f(n: U8) -> U8:
    assert wraps(n)
    return n

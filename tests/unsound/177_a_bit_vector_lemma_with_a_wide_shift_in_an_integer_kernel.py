# A bit-vector lemma with a wide shift in an integer kernel.
# expect: postcondition at line 12
# witness: f(4)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.types import U8


@lemma("T4", theory="bv")
@ensure(lambda a: a << 60 << 60 << 8 == 0)
def wraps(a: U8) -> bool:
    return True


@kernel()
@ensure(lambda n, result: result == 1 or n == 0)
def f(n: U8) -> U8:
    assert wraps(n)
    return 1 if n << 60 << 60 << 8 == 0 else 0

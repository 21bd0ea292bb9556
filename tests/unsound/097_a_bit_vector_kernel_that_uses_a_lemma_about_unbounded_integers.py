# A bit-vector kernel that uses a lemma about unbounded integers.
# expect: postcondition at line 20
# witness: f(6000000000000)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.types import I64, U8


@lemma("T4")
@require(lambda x: x >= 0)
@ensure(lambda x: x * x * x >= 0)
def cube(x: int) -> bool:
    return True


@kernel(theory="bv")
@require(lambda x: x == 6000000000000)
@ensure(lambda result: result == 5)
def f(x: I64) -> U8:
    assert cube(x)
    return 0

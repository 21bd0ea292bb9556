# A product of products in a bit-vector contract.
# expect: postcondition at line 13
# witness: f(4294967296)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel(theory="bv")
@require(lambda a: a == 2**32)
@ensure(lambda a, result: a * a * a * a == 0)
def f(a: I64) -> U8:
    return 0

# Division of the least vector by minus one.
# expect: overflow check at line 15
# witness: f(-(2**63), -1)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64


@kernel(theory="bv")
@require(lambda a, b: b != 0)
@ensure(lambda a, b, result: result <= 2**63 - 1)
def f(a: I64, b: I64) -> I64:
    return a // b

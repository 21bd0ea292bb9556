# Remainder of vectors of different signs.
# expect: postcondition at line 15
# witness: f(-3, 2)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, I64


@kernel(theory="bv")
@require(lambda a, b: b != 0)
@ensure(
    lambda a, b, result: (
        result == a - a // b * b and (a < 0 or result >= 0) and result <= 0 or a > 0
    )
)
def f(a: I8, b: I8) -> I64:
    return a % b

# A bit-vector sum beyond the word in an invariant.
# expect: postcondition at line 12
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import I64, U8


@kernel(theory="bv")
@ensure(lambda a, result: result * 2**100 * 2**28 == 0)
def f(a: U8) -> I64:
    x: I64 = 0
    for i in range(a):
        assert invariant(x == i)
        x = x + 1
    return x

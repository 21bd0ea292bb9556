# A loop over a range whose variable the body assigns.
# expect: loop variable `i` is assigned in its loop
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: U8) -> I64:
    x: I64 = 0
    for i in range(n):
        assert invariant(x == 0)
        i = i + 1
        x = x + i
    return x

# An invariant in an inner loop of the outer loop's start.
# expect: loop invariant preservation at line 16
# witness: f(2)
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
        for j in range(n):
            assert invariant(x <= j and x >= 0)
            x = j
    return x

# A range with start above stop.
# expect: postcondition at line 12
# witness: f(3, 1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda n, m, result: result == m - n)
def f(n: U8, m: U8) -> I64:
    x: I64 = 0
    for i in range(n, m):
        assert invariant(x == i - n)
        x = x + 1
    return x

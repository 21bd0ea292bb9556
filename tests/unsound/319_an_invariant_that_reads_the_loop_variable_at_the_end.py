# An invariant that reads the loop variable at the end.
# expect: postcondition at line 13
# witness: f(3)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import I64, U8


@kernel()
@require(lambda n: n > 0)
@ensure(lambda n, result: result == n)
def f(n: U8) -> I64:
    x: I64 = 0
    for i in range(n):
        assert invariant(x == max(i - 1, 0))
        x = i
    return x

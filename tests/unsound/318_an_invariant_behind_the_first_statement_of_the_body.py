# An invariant behind the first statement of the body.
# expect: `invariant` not at the start of a loop body
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U8) -> I64:
    x: I64 = 0
    for i in range(n):
        x = x + 1
        assert invariant(x == 1)
    return x

# A range with a step.
# expect: `for` over `range(0, n, 2)`
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(0, n, 2):
        assert invariant(x == i)
        x = x + 1
    return x

# A local called range.
# expect: `for` over `range(n)`
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    range = 1
    x: U8 = 0
    for i in range(n):
        assert invariant(x == i)
        x = x + 1
    return x

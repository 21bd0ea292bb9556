# An invariant that holds only before the loop.
# expect: loop invariant preservation at line 16
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(n):
        assert invariant(x == 0)
        x = 1
    return x

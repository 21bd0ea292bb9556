# A return inside a loop trusts the next iteration's invariant.
# expect: postcondition at line 12
# witness: f(5)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(n):
        assert invariant(x == 0)
        if i == 3:
            return x
    return 1

# A loop changes what its bound was computed from.
# expect: postcondition at line 12
# witness: f(4)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U4, U8


@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U4) -> U8:
    stop: U8 = n
    x: U8 = 0
    for i in range(stop):
        assert invariant(x == i)
        stop = 1
        x = x + 1
    return x

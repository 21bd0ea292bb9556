# A loop without an iteration.
# expect: postcondition at line 12
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 1)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(n):
        assert invariant(i == 0 or x == 1)
        x = 1
    return x

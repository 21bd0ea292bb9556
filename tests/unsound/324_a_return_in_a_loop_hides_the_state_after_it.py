# A return in a loop hides the state after it.
# expect: postcondition at line 12
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(n):
        assert invariant(x == 0 or i > 0)
        if i > 300:
            return 0
        x = 1
    return x

# A while loop's variable after a loop that never ran.
# expect: postcondition at line 12
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel, variant
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U8) -> U8:
    k: U8 = n
    x: U8 = 0
    while k > 0:
        assert invariant(x == 0 or x == 1)
        assert invariant(k == n or x == 1)
        assert variant(k)
        x = 1
        k = k - 1
    return x

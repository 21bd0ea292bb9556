# A loop over a range that counts down.
# expect: `for` over `range(n, 0, -1)`
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(n, 0, -1):
        x = i
    return x

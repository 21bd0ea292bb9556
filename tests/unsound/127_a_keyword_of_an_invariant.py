# A keyword of an invariant.
# expect: `invariant` not at the start of a loop body
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    for i in range(n):
        assert invariant(n >= 0, key=1)
        x = 0
    return n

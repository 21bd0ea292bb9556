# A local read before its assignment, with a global of that name.
# expect: `N` may be read before it is assigned, or after its loop
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

N = 5


@kernel()
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    x = N
    N = 3
    return x

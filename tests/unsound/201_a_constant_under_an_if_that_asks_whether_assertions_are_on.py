# A constant under an if that asks whether assertions are on.
# expect: the module's `M` may change
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

if __debug__:
    M = 1
else:
    M = 2


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

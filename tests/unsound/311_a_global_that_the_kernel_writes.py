# A global that the kernel writes.
# expect: global: pass it as a parameter
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = 5


@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8) -> U8:
    global M
    M = n
    return M

# A constant given by a tuple assignment.
# expect: the module's `M` may change
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M, N = 1, 2


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

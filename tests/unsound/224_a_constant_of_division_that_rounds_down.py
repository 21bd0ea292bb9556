# A constant of division that rounds down.
# expect: postcondition at line 14
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = -(-1 // 2) - 0


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

# A chained comparison's middle operand is not guarded by itself.
# expect: divide by zero at line 14
# witness: f(1, 0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result <= 1)
def f(a: U8, b: U8) -> U8:
    return 1 if 0 < a // b < 5 else 0

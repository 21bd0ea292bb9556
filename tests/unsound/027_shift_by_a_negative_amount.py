# Shift by a negative amount.
# expect: shift check at line 14
# witness: f(1, -1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, I64, U8


@kernel()
@ensure(lambda result: result == result)
def f(a: U8, n: I8) -> I64:
    return a >> n

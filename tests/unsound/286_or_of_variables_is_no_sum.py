# Or of variables is no sum.
# expect: postcondition at line 12
# witness: f(1, 1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U4


@kernel()
@ensure(lambda a, b, result: result == a + b)
def f(a: U4, b: U4) -> I64:
    return a | b

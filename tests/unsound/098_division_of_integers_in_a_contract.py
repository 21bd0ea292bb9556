# Division of integers in a contract.
# expect: operator `/` on integers
# witness: f(7, 1)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda b: b > 0)
@ensure(lambda a, b, result: all((a + i) / b == (a + i) >> b for i in range(result)))
def f(a: U8, b: U8) -> U8:
    return b

# A precondition that is switched off.
# expect: a contract is one lambda: @require(lambda x: x > 0)
# witness: f(0)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@require(lambda n: n > 0, enabled=False)
@ensure(lambda n, result: result >= 5 // n)
def f(n: U8) -> I64:
    return 5 // n

# A postcondition that is switched off.
# expect: a contract is one lambda: @require(lambda x: x > 0)
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n, enabled=False)
def g(n: U8) -> U8:
    return 0


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)

# A precondition of the callee dropped.
# expect: precondition at line 21
# witness: f(0)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda n: n > 0)
@ensure(lambda n, result: result < n)
def g(n: U8) -> U8:
    return n - 1


@kernel()
@ensure(lambda n, result: result < n)
def f(n: U8) -> U8:
    return g(n)

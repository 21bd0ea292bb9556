# A kernel called in its own precondition.
# expect: f leads back to itself: recursion
# witness: f(1)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda n: n == 0 or f(0) == 0)
@ensure(lambda n, result: result == 0)
def f(n: U8) -> U8:
    return n

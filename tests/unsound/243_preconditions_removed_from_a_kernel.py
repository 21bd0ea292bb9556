# Preconditions removed from a kernel.
# expect: `g` does not check the ranges of its types
# witness: g(0)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@require(lambda n: n > 0)
@ensure(lambda n, result: result < 1)
def g(n: U8) -> I64:
    return 5 // n - 5 // n


g.__preconditions__.clear()

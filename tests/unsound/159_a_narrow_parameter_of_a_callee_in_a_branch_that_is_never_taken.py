# A narrow parameter of a callee in a branch that is never taken.
# expect: postcondition at line 21
# witness: f([9], 0)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda n, result: result == n)
def g(n: U3) -> U3:
    return n


@kernel()
@require(lambda x: len(x) == 1)
@ensure(lambda x, c, result: x[0] <= 7)
def f(x: Sequence[U8], c: U3) -> U8:
    y = g(x[0]) if c > 7 else 0
    return y

# An element variable that the body assigns.
# expect: loop variable `v` is assigned in its loop
# witness: f([3])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@require(lambda x: len(x) == 1)
@ensure(lambda x, result: result == x[0])
def f(x: Sequence[U8]) -> I64:
    total: I64 = 0
    for v in x:
        v = 0
        total = total + v
    return total

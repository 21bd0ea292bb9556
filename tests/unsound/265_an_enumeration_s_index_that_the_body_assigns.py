# An enumeration's index that the body assigns.
# expect: loop variable `i` is assigned in its loop
# witness: f([3, 4])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@require(lambda x: len(x) == 2)
@ensure(lambda x, result: result == 1)
def f(x: Sequence[U8]) -> I64:
    last: I64 = 0
    for i, v in enumerate(x):
        i = 7
        last = i
    return last

# An enumeration that starts at one.
# expect: `for` over `enumerate(x, 1)`
# witness: f([3])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import I64, U8


@kernel()
@require(lambda x: len(x) == 1)
@ensure(lambda x, result: result == 0)
def f(x: Sequence[U8]) -> I64:
    last: I64 = 0
    for i, v in enumerate(x, 1):
        assert invariant(0 <= last <= i)
        last = i
    return last

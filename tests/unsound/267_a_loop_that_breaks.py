# A loop that breaks.
# expect: break: put the condition into the loop's test
# witness: f([1, 2])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda x, result: result == len(x))
def f(x: Sequence[U8]) -> I64:
    count: I64 = 0
    for i in range(len(x)):
        assert invariant(count == i)
        if x[i] == 1:
            break
        count = count + 1
    return count

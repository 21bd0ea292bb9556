# A loop over pairs.
# expect: `for` over `zip(x, y)`
# witness: f([1], [2, 3])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda x, y, result: result == len(y))
def f(x: Sequence[U8], y: Sequence[U8]) -> I64:
    n: I64 = 0
    for a, b in zip(x, y):
        n = n + 1
    return n

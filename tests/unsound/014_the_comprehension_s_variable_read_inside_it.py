# The comprehension's variable read inside it.
# expect: comprehension: make [0] * n and fill it in a loop
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    _ = 0
    x: list[list[U8]] = [[_] * 2 for _ in range(2)]
    return x[1][0]

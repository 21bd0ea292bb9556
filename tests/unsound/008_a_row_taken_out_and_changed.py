# A row taken out and changed.
# expect: `r` would alias `x[0]`
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x: list[list[U8]] = [[0] * 2 for _ in range(2)]
    r = x[0]
    r[0] = 1
    return x[0][0]

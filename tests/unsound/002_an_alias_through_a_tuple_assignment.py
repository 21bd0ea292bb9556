# An alias through a tuple assignment.
# expect: `a` would alias `x`
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x: list[U8] = [0] * 3
    a, b = x, n
    a[0] = 7
    return x[0]

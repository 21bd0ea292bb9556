# Rows shared by multiplication.
# expect: a new list is filled with a literal
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x: list[list[U8]] = [[0] * 2] * 2
    x[0][0] = 1
    return x[1][0]

# Narrow elements in a list of plain integers.
# expect: postcondition at line 18
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U3


@kernel()
@ensure(lambda n, result: len(result) == 1)
def g(n: U3) -> list[U3]:
    return [n]


@kernel()
@ensure(lambda result: result <= 7)
def f(n: U3) -> I64:
    x: list[int] = g(n)
    x[0] = 300
    return x[0]

# A returned list changed afterwards.
# expect: postcondition at line 18
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: len(result) == 1 and result[0] == 3)
def g(n: U8) -> list[U8]:
    return [3]


@kernel()
@ensure(lambda result: result == 3)
def f(n: U8) -> U8:
    x = g(n)
    x[0] = 4
    return x[0]

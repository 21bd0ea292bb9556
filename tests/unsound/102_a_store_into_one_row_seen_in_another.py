# A store into one row seen in another.
# expect: postcondition at line 12
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 1)
def f(n: U8) -> U8:
    x: list[list[U8]] = [[0] * 2 for _ in range(2)]
    x[0][0] = 1
    return x[1][0]

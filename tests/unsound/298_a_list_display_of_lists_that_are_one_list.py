# A list display of lists that are one list.
# expect: `r` is not an integer
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: U8) -> U8:
    r: list[U8] = [0]
    x: list[list[U8]] = [r, r]
    x[0][0] = 1
    return x[1][0]

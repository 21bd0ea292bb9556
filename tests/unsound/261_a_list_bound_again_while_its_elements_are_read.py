# A list bound again while its elements are read.
# expect: `x` changes inside the loop over it
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> I64:
    x: list[U8] = [1, 1, 1]
    count: I64 = 0
    for v in x:
        x = [1, 1]
        count = count + 1
    return count

# Elements of a list that changes while it is read.
# expect: `x` changes inside the loop over it
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: U8) -> I64:
    x: list[U8] = [0] * 2
    total: I64 = 0
    for v in x:
        assert invariant(0 <= total <= 512)
        total = v
        x[1] = 1
    return total

# A chained assignment of a list.
# expect: `x = y = [0] * 3` is outside the verified subset
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: U8) -> U8:
    x = y = [0] * 3
    x[0] = 1
    return y[0]

# A variable of another type in each branch.
# expect: range check at line 17
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda n, result: result <= 7)
def f(n: U8) -> U8:
    if n > 0:
        x: U3 = 1
    else:
        x: U8 = 200
    return x

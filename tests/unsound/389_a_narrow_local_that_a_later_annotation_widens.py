# A narrow local that a later annotation widens.
# expect: range check at line 16
# witness: f(200)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda n, result: result <= 7)
def f(n: U8) -> U8:
    x: U3 = 0
    y: U8 = x
    x: U8 = n
    return max(x, y)

# An early return hides a narrow value.
# expect: postcondition at line 12
# witness: f(9)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda n, result: n <= 7)
def f(n: U8) -> U8:
    if n > 7:
        return 0
    x: U3 = n
    return x

# A chained comparison's later link.
# expect: divide by zero at line 15
# witness: f(1, 0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda a, b, result: result == a // b)
def f(a: U8, b: U8) -> U8:
    c = 0 < b <= a // b
    return a // b

# A loop while a number is true that passes zero.
# expect: loop variant at line 15
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, variant
from veriquant_spec.types import I8, I64


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: I8) -> I64:
    x: I64 = n
    while x:
        assert variant(x)
        x = x - 1
    return x

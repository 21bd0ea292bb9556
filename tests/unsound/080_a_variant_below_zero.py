# A variant below zero.
# expect: loop variant at line 15
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, variant
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda n, result: result == 42)
def f(n: U8) -> U8:
    x: I64 = n
    while x < 300:
        assert variant(x)
        x = x - 1
    return 0

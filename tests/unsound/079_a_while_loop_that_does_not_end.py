# A while loop that does not end.
# expect: loop variant at line 15
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, variant
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 42)
def f(n: U8) -> U8:
    x: U8 = n
    while x == n:
        assert variant(x)
        x = n
    return 0

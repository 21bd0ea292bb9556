# A swap of two variables.
# expect: postcondition at line 12
# witness: f(1, 2)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda a, b, result: result == a)
def f(a: U8, b: U8) -> U8:
    x: U8 = a
    y: U8 = b
    x, y = y, x
    return x

# And of two numbers is one of them.
# expect: `and` and `or` of numbers outside a condition: write `!= 0`
# witness: f(2, 3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda a, b, result: result <= 1)
def f(a: U8, b: U8) -> U8:
    return a and b

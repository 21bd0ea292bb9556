# A kernel called with its arguments by name in another order.
# expect: call of `g`: positional arguments, all of them
# witness: f(1, 2)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda a, b, result: result == a)
def g(a: U8, b: U8) -> U8:
    return a


@kernel()
@ensure(lambda a, b, result: result == a)
def f(a: U8, b: U8) -> U8:
    return g(b=a, a=b)

# A specification function that promises a range.
# expect: p gives int, not int[0..7]
# witness: f(9)
# `p(9)` is 9: a range in a result's type is no fact before it is checked.
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U3, U8


@logic
def p(n: int) -> U3:
    return n


@kernel()
@ensure(lambda n, result: p(n) <= 7 and p(n) == n)
def f(n: U8) -> U8:
    return 0

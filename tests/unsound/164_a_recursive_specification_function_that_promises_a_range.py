# A recursive specification function that promises a range.
# expect: p gives int, not int[0..7]
# witness: f(9)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U3, U8


@logic
def p(n: int) -> U3:
    return p(n - 1) + 1 if n > 0 else 0


@kernel()
@require(lambda n: p(n) >= 0)
@ensure(lambda n, result: p(n) <= 7)
def f(n: U8) -> U8:
    return 0

# A specification function that captures its counter.
# expect: p: recursion must be `p(n - 1)`, if n > 0
# witness: f(4)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U8


@logic
def p(n: int) -> bool:
    return not all(p(n - 1) for n in range(5, 6)) if n > 0 else False


@kernel()
@require(lambda n: p(4) or not p(4))
@ensure(lambda n, result: result == 7)
def f(n: U8) -> U8:
    return n

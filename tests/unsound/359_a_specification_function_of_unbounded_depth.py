# A specification function of unbounded depth.
# expect: postcondition at line 18
# witness: f(100000)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import I32, U8


@logic
def p(n: int) -> int:
    return p(n - 1) + 1 if n > 0 else 0


@kernel()
@require(lambda n: p(n) >= 0)
@ensure(lambda n, result: p(n) == n + 1)
def f(n: I32) -> U8:
    return 0

# A specification function through another.
# expect: p leads back to q: recursion
# witness: f(4)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U8


@logic
def p(n: int) -> int:
    return p(n - 1) + q(n) if n > 0 else 0


@logic
def q(n: int) -> int:
    return p(n) + 1


@kernel()
@require(lambda n: p(0) == p(0) and p(1) == p(1))
@ensure(lambda n, result: result == 7)
def f(n: U8) -> U8:
    return n

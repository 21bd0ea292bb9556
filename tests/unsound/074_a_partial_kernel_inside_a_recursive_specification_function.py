# A partial kernel inside a recursive specification function.
# expect: precondition at line 20
# witness: f(4)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U8


@kernel()
@require(lambda n: n > 0)
@ensure(lambda n, result: result < n)
def g(n: U8) -> U8:
    return n - 1


@logic
def p(n: int) -> int:
    return p(n - 1) + g(0) if n > 0 else 0


@kernel()
@require(lambda n: p(n) == p(n))
@ensure(lambda n, result: n == 0)
def f(n: U8) -> U8:
    return n

# An argument out of a specification function's range.
# expect: range check at line 24
# witness: f(100)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U3, U8


@kernel()
@require(lambda a: a <= 7)
@ensure(lambda a, result: a <= 7)
def g(a: U8) -> U8:
    return 0


@logic
def p(a: U3, n: int) -> int:
    return p(a, n - 1) + g(a) if n > 0 else 0


@kernel()
@require(lambda n: p(n, 1) == p(n, 1))
@ensure(lambda n: n <= 7)
def f(n: U8) -> U8:
    return 0

# A specification function through an alias.
# expect: call of `q`, which is not a marked function
# witness: f(4)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U8


@logic
def p(n: int) -> int:
    return p(n - 1) + 1 + q(n) if n > 0 else 0


q = p


@kernel()
@require(lambda n: p(0) == p(0) and p(1) == p(1))
@ensure(lambda n, result: result == 7)
def f(n: U8) -> U8:
    return n

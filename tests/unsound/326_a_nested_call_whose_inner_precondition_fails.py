# A nested call whose inner precondition fails.
# expect: precondition at line 21
# witness: f(0)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda n: n > 0)
@ensure(lambda n, result: result == n - 1)
def g(n: U8) -> U8:
    return n - 1


@kernel()
@ensure(lambda n, result: result >= 0)
def f(n: U8) -> U8:
    return g(g(n + 1 if n < 255 else n))

# A false kernel whose name hides it.
# expect: postcondition at line 12
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U7, U8


@kernel()
@ensure(lambda n, result: result == n + 1)
def g(n: U7) -> U8:
    return n


g.__name__ = g.__qualname__ = "not_collected"
g.__module__ = "elsewhere"


@kernel()
@ensure(lambda n, result: result == n + 1)
def f(n: U7) -> U8:
    return g(n)

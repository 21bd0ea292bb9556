# Contracts that define each other.
# expect: f leads back to g: recursion
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == g(n))
def f(n: U8) -> U8:
    return g(n)


@kernel()
@ensure(lambda n, result: result == f(n))
def g(n: U8) -> U8:
    return 3

# Kernels that call each other.
# expect: f leads back to g: recursion
# witness: f(4)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 42)
def f(n: U8) -> U8:
    return g(n)


@kernel()
@ensure(lambda n, result: result == 42)
def g(n: U8) -> U8:
    return f(n)

# An own decorator called kernel.
# expect: the module's `kernel` may change
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

real = kernel


def kernel():
    def decorate(g):
        real()(g)
        return lambda n: g(n) + 1

    return decorate


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return n

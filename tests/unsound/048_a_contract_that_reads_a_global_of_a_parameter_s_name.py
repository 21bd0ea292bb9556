# A contract that reads a global of a parameter's name.
# expect: postcondition at line 20
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

K = 8


@kernel()
@ensure(lambda result: result == K)
def g(K: U8) -> U8:
    return 8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)

# A narrow list type around a wide element under a dead guard.
# expect: postcondition at line 18
# witness: f(9)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n


@kernel()
@ensure(lambda n, result: n <= 7)
def f(n: U8) -> U8:
    x: list[U3] = [g(n) if n > 300 else 0]
    return x[0]

# A filled matrix under a dead guard.
# expect: postcondition at line 21
# witness: f(9)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda a: len(a) == 0 or len(a[0]) == 0 or a[0][0] >= 0)
@ensure(lambda result: result == 0)
def g(a: Sequence[Sequence[U8]]) -> U8:
    return 0


@kernel()
@ensure(lambda n, result: n == 0)
def f(n: U8) -> U8:
    c: U8 = 0
    if n > 255:
        m: list[list[U8]] = [[300] * n for _ in range(n)]
        c = g(m)
    return c

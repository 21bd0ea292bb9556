# A filled list under a dead guard.
# expect: postcondition at line 21
# witness: f(9)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda a, k: all(i >= len(a) or a[i] >= 0 for i in range(k)))
@ensure(lambda result: result == 0)
def g(a: Sequence[U8], k: U8) -> U8:
    return 0


@kernel()
@ensure(lambda n, result: n == 0)
def f(n: U8) -> U8:
    return g([300] * n, n) if n > 255 else 0

# A list made under a condition.
# expect: postcondition at line 21
# witness: f(9)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@require(lambda a, k: all(i >= len(a) or a[i] >= 0 for i in range(k)))
@ensure(lambda result: result == 0)
def g(a: Sequence[I64], k: U8) -> U8:
    return 0


@kernel()
@ensure(lambda n, result: n <= 1)
def f(n: U8) -> U8:
    return g([n * 2**62], n) if n <= 1 else 0

# A row of a narrowed matrix that has none.
# expect: postcondition at line 21
# witness: f(0)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda a: len(a) == 0 or all(a[0][j] <= 9 for j in range(len(a[0]))))
@ensure(lambda result: result == 0)
def g(a: Sequence[Sequence[U8]]) -> U8:
    return 0


@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8) -> U8:
    m: list[list[int]] = [[300] * 2 for _ in range(n)]
    if n == 0:
        return g(m)
    return 5

# A sequence narrowed under a condition.
# expect: postcondition at line 23
# witness: f([9], 0)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@require(lambda a: all(a[i] >= 0 for i in range(len(a))))
@ensure(lambda result: result == 0)
def g(a: Sequence[U3]) -> U8:
    return 0


@kernel()
@require(lambda x, c: c == 0 or all(x[i] <= 7 for i in range(len(x))))
@require(lambda x: len(x) == 1)
@ensure(lambda x, result: x[0] <= 7)
def f(x: Sequence[U8], c: U3) -> U8:
    return g(x) if c != 0 else 0

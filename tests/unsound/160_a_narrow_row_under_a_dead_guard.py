# A narrow row under a dead guard.
# expect: postcondition at line 22
# witness: f([[9]], 0)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda a, result: result == 0)
def g(a: Sequence[U3]) -> U8:
    return 0


@kernel()
@require(lambda m: len(m) == 1)
@require(lambda m: len(m[0]) == 1)
@ensure(lambda m, c, result: m[0][0] <= 7)
def f(m: Sequence[Sequence[U8]], c: U3) -> U8:
    return g(m[0]) if c > 7 else 0

# A list changed between two equal calls.
# expect: postcondition at line 21
# witness: f(1)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@require(lambda x: len(x) == 1)
@ensure(lambda x, result: result == x[0])
def g(x: Sequence[U8]) -> U8:
    return x[0]


@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> I64:
    x: list[U8] = [0]
    a = g(x)
    x[0] = 1
    return g(x) - a

# A local called word_1 beside a division and an array.
# expect: postcondition at line 16
# witness: f([4], 0, 3)
from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import I64, U4, U8, Range


@kernel()
@require(lambda x: len(x) == 1)
@ensure(lambda x, n, d, result: result == (x[0] + n) // d + len(x) + 1)
def f(x: Sequence[U4], n: U8, d: Annotated[int, Range(1, 9)]) -> I64:
    word_1: I64 = (x[0] + n) // d
    for i in range(n):
        assert invariant(word_1 >= 0)
        word_1 = i
    return word_1 + len(x)

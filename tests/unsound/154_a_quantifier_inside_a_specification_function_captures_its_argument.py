# A quantifier inside a specification function captures its argument.
# expect: postcondition at line 20
# witness: f([1, 2], 0)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U8


@logic
def same(x: Sequence[int], k: int) -> bool:
    return all(x[i] == k for i in range(len(x)))


@kernel()
@require(lambda x, i: len(x) == 2 and i < 2)
@ensure(lambda x, i, result: (result == 1) == all(same(x, x[i]) for i in range(2)))
def f(x: Sequence[U8], i: U8) -> U8:
    return 1

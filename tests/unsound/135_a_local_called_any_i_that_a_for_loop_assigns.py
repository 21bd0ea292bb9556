# A local called any_i that a for loop assigns.
# expect: postcondition at line 15
# witness: f([9, 1])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda x: 1 <= len(x) <= 255)
@ensure(lambda x, result: all(x[i] <= result for i in range(len(x))))
def f(x: Sequence[U8]) -> U8:
    any_i: U8 = 0
    for k in range(len(x)):
        any_i = x[k]
    return any_i

# A range that holds only of an empty list.
# expect: postcondition at line 13
# witness: f(1)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda n: n <= 1)
@ensure(lambda n, result: all(result[i] == 1 for i in range(len(result))))
def f(n: U8) -> list[U8]:
    x: list[int] = [300] * n
    if n > 0:
        x[0] = 5
    return x

# A loop around a store at one index.
# expect: postcondition at line 11
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: all(result[i] == 1 for i in range(n)))
def f(n: U8) -> list[U8]:
    x: list[U8] = [0] * n
    for i in range(n):
        assert invariant(all(x[j] == 1 for j in range(0, i - 1)))
        x[i] = 1
    return x

# A loop that never runs narrows a list.
# expect: postcondition at line 12
# witness: f(9)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda n, result: n <= 7)
def f(n: U8) -> U8:
    x: list[U3] = [0]
    for i in range(0):
        assert invariant(len(x) == 1)
        x = [n]
        x[0] = n
    return x[0]

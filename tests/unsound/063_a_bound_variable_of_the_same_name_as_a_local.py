# A bound variable of the same name as a local.
# expect: postcondition at line 12
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 3)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(n):
        assert invariant(all(i == 3 for i in range(3, 4)))
        x = i
    return x

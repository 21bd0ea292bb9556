# An unused dead store at a false path.
# expect: postcondition at line 12
# witness: f(4)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import invariant, kernel, variant
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    x: U8 = n
    while x > 0:
        assert invariant(x <= n)
        assert variant(x)
        x = x - 1
    return x

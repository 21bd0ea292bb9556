# The greatest element of an empty list display.
# expect: precondition at line 15
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: U8) -> U8:
    x: list[U8] = []
    return max(x)

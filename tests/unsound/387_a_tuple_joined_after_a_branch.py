# A tuple joined after a branch.
# expect: postcondition at line 12
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U8) -> U8:
    t = (0, 0)
    if n > 0:
        t = (1, 1)
    a, b = t
    return b

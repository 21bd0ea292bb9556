# Two early returns and a join.
# expect: postcondition at line 12
# witness: f(9)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U8) -> U8:
    x: U8 = 0
    if n > 3:
        if n > 8:
            return x
        x = 1
    elif n == 3:
        return 1
    else:
        x = 1
    return x

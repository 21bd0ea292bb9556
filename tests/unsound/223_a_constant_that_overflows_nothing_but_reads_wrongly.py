# A constant that overflows nothing but reads wrongly.
# expect: `1 if True else 2` is no constant: write it with integers, operators and constants
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = 0b1 if True else 2


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

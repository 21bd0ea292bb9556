# A constant that is a float.
# expect: `2.0` is no constant: write it with integers, operators and constants
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = 2.0 - 1


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

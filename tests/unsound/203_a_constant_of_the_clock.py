# A constant of the clock.
# expect: `time.time_ns()` is no constant: write it with integers, operators and constants
# witness: f(0)
from __future__ import annotations

import time

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = time.time_ns() // 10**18


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

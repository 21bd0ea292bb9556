# A constant of the interpreter's flags.
# expect: `sys.flags.optimize` is no constant: write it with integers, operators and constants
# witness: f(0)
from __future__ import annotations

import sys

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = 1 - sys.flags.optimize


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

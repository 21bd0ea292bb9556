# A constant set again by a with statement.
# expect: the module's `M` may change
# witness: f(0)
from __future__ import annotations

import contextlib

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = 2
with contextlib.nullcontext(1) as M:
    pass


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

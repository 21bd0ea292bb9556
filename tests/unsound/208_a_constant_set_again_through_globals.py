# A constant set again through globals.
# expect: `M` is 1 when run, 2 in the text
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = 2
globals()["M"] = 1


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

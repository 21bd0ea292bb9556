# A builtin put into the module's namespace by exec.
# expect: the module's `max` hides the built-in one
# witness: f(3, 1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

exec("max = min")


@kernel()
@ensure(lambda a, b, result: result >= a)
def f(a: U8, b: U8) -> U8:
    return max(a, b)

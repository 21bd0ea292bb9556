# A kernel that asks whether assertions are on.
# expect: `__debug__` is no number: functions are called at once
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    if __debug__:
        return 1
    return 2

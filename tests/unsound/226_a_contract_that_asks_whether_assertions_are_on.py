# A contract that asks whether assertions are on.
# expect: `__debug__` is no number: functions are called at once
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 2 or not __debug__)
def f(n: U8) -> U8:
    return 1

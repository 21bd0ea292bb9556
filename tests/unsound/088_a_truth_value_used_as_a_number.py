# A truth value used as a number.
# expect: operator `+` on bool and int[1..1]
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 2)
def f(n: U8) -> U8:
    return True + 1

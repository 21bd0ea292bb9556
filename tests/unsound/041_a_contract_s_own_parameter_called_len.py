# A contract's own parameter called len.
# expect: call of the local variable `len`
# witness: f(4)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda len, result: all(len(x) == 1 for x in range(result)))
def f(len: U8) -> U8:
    return 1

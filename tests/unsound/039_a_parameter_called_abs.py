# A parameter called abs.
# expect: call of the local variable `abs`
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, U8


@kernel()
@ensure(lambda result: result >= 0)
def f(abs: I8) -> U8:
    return abs(abs)

# A parameter called OLD.
# expect: a parameter called `OLD`: icontract uses the name
# witness: f(5)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda OLD, result: result == OLD)
def f(OLD: U8) -> U8:
    return OLD

# Bit-vector literal that wraps.
# expect: 170141183460469231731687303715884105728 does not fit a vector of 128 bits
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel(theory="bv")
@ensure(lambda result: result > 2**127)
def f(a: U8) -> U8:
    return a

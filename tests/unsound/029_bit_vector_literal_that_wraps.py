# Bit-vector literal that wraps.
# expect: postcondition at line 12
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel(theory="bv")
@ensure(lambda result: result > 2**127)
def f(a: U8) -> U8:
    return a

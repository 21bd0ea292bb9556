# A power with a negative exponent.
# expect: `**` of anything but constants: multiply, or shift for a power of two
# `f(2, -1)` is 0.5.
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, I64, U8


@kernel()
@ensure(lambda a, b, result: result >= 0)
def f(a: U8, b: I8) -> I64:
    return a**b

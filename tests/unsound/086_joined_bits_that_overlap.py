# Joined bits that overlap.
# expect: postcondition at line 12
# witness: f(15, 15)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U4, U8


@kernel()
@ensure(lambda a, b, result: result == a + 8 * b)
def f(a: U4, b: U4) -> U8:
    return a | b << 3

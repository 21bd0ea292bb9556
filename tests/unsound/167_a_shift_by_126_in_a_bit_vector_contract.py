# A shift by 126 in a bit-vector contract.
# expect: shift check at line 12
# witness: f(4)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel(theory="bv")
@ensure(lambda a, result: a & 3 != 0 or a << 126 == 0)
def f(a: U8) -> U8:
    return a

# Mask of a negative number.
# expect: postcondition at line 12
# witness: f(-1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, I64


@kernel()
@ensure(lambda a, result: result == a)
def f(a: I8) -> I64:
    return a & 255

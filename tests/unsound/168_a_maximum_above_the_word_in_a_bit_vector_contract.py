# A maximum above the word in a bit-vector contract.
# expect: postcondition at line 12
# witness: f(4)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel(theory="bv")
@ensure(lambda a, result: max(a, 2**126) * 4 == 0)
def f(a: U8) -> U8:
    return a

# A choice above the word in a bit-vector contract.
# expect: postcondition at line 12
# witness: f(4)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel(theory="bv")
@ensure(lambda a, result: (2**127 if a > 3 else 1) < 2)
def f(a: U8) -> U8:
    return a

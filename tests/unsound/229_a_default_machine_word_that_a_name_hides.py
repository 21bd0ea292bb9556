# A default machine word that a name hides.
# expect: postcondition at line 14
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8, Range

W = Range(-(2**511), 2**511 - 1)


@kernel(word=W)
@ensure(lambda n, result: result < 2**100)
def f(n: U8) -> int:
    return n * 2**100

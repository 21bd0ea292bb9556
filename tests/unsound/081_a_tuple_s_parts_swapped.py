# A tuple's parts swapped.
# expect: postcondition at line 12
# witness: f(1, 2)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda a, b, result: result[0] == a and result[1] == b)
def f(a: U8, b: U8) -> tuple[U8, U8]:
    return b, a

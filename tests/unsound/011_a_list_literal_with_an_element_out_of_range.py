# A list literal with an element out of range.
# expect: range check at line 14
# witness: f(8)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda result: len(result) == 2)
def f(n: U8) -> list[U3]:
    return [n, 0]

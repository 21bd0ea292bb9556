# A range that a machine word's name hides.
# expect: postcondition at line 13
# witness: f(9)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8
from veriquant_spec.types import U8 as U3_wide


@kernel()
@ensure(lambda n, result: result <= 7)
def f(n: U3_wide) -> U8:
    return n

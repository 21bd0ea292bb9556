# The types' names swapped on import.
# expect: the module's `U3` may change
# witness: f(9)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3
from veriquant_spec.types import U8 as U3


@kernel()
@ensure(lambda n, result: result <= 7)
def f(n: U3) -> U3:
    return n

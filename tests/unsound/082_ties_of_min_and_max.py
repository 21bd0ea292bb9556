# Ties of min and max.
# expect: postcondition at line 12
# witness: f(2, 2)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda a, b, result: result < max(a, b) or result < min(a, b))
def f(a: U8, b: U8) -> U8:
    return min(a, b)

# A tuple parameter with an item out of its range.
# expect: postcondition at line 12
# witness: f((9, 1))
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda t, result: t[0] <= 7)
def f(t: tuple[U8, U3]) -> U8:
    return 0

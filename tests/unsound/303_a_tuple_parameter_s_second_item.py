# A tuple parameter's second item.
# expect: postcondition at line 12
# witness: f((1, 2))
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda t, result: result == t[1])
def f(t: tuple[U8, U8]) -> U8:
    a, b = t
    return a

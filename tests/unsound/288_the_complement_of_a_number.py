# The complement of a number.
# expect: `~x`: write `-x - 1`
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda a, result: result >= 0)
def f(a: U8) -> I64:
    return ~a

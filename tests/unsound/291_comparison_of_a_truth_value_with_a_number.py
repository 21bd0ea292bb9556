# Comparison of a truth value with a number.
# expect: comparison of bool with int[0..0]
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda a, result: (a == 1) == 0 or result == 1)
def f(a: U8) -> U8:
    return 0

# Truth values joined by bit operators.
# expect: operator `&` on bool and bool
# witness: f(1, 0)
# `&` evaluates both sides: `f(1, 0)` divides by zero.
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda a, b, result: result == 1)
def f(a: U8, b: U8) -> U8:
    return 1 if (b != 0) & (a // b > 0) else 0

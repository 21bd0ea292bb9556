# A specification function that divides by its argument.
# expect: divide by zero at line 17
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U8


@logic
def half(n: int, d: int) -> int:
    return n // d


@kernel()
@ensure(lambda n, result: half(n, n) == half(n, n))
def f(n: U8) -> U8:
    return 0

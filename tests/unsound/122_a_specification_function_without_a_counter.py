# A specification function without a counter.
# expect: anything but an integer
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U8


@logic
def p() -> int:
    return p() + 1


@kernel()
@ensure(lambda n, result: p() == p())
def f(n: U8) -> U8:
    return n

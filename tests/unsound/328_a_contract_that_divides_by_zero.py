# A contract that divides by zero.
# expect: divide by zero at line 12
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: n // n == n // n)
def f(n: U8) -> U8:
    return 0

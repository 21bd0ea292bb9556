# A callee's contract that divides only where it may.
# expect: postcondition at line 18
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: n == 0 or 10 // n >= 0)
def g(n: U8) -> U8:
    return 0


@kernel()
@ensure(lambda n, result: n > 0 and result == 0)
def f(n: U8) -> U8:
    return g(n)

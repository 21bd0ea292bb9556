# A contract's call outside of its parameter's range.
# expect: range check at line 18
# witness: f(9)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda n, result: result == n)
def g(n: U3) -> U3:
    return n


@kernel()
@ensure(lambda n, result: g(n) <= 7)
def f(n: U8) -> U8:
    return 0

# A tuple parameter's range in a contract's call that is never evaluated.
# expect: postcondition at line 25
# witness: f(9)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda t, result: t[0] <= 7 and result == 0)
def g(t: tuple[U3, U3]) -> U8:
    return 0


@kernel()
@ensure(lambda n, result: result == 0 and (n <= 7 or n > 255 or n >= 0))
@ensure(lambda n, result: n < 256 or g((n, n)) == 0)
def h(n: U8) -> U8:
    return 0


@kernel()
@ensure(lambda n, result: n <= 7)
def f(n: U8) -> U8:
    return h(n)

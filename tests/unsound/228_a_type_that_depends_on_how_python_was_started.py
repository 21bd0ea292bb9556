# A type that depends on how Python was started.
# expect: type `U8 if __debug__ else U3` is outside the verified subset: int, bool, Fraction, Annotated[int, Range(low,
# witness: f(9)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8

U = U8 if __debug__ else U3


@kernel()
@ensure(lambda n, result: result <= 7)
def f(n: U) -> U8:
    return n

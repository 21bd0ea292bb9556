# A power of a literal that no memory holds.
# expect: `2 ** 2 ** 60` has no value in the subset
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result < 2**2**60 or result == 1)
def f(n: U8) -> U8:
    return n

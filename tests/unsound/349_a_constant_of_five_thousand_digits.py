# A constant of five thousand digits.
# expect: `10 ** 5000` has no value in the subset
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = 10**5000


@kernel()
@ensure(lambda n, result: result >= M)
def f(n: U8) -> U8:
    return n

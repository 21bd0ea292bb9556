# A condition's parameter that takes a keyword alone, with a global of that name.
# expect: plain parameters
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

n = 5


@kernel()
@ensure(lambda *, n, result: result == n)
def f(n: U8) -> U8:
    return 5

# A contract whose result has a wrong name.
# expect: contract names `res`
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U7, U8


@kernel()
@ensure(lambda n, res: res == n + 1)
def f(n: U7) -> U8:
    return n

# A condition with a default of its own.
# expect: a contract's lambda has plain parameters alone
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result, k=5: result == k)
def f(n: U8) -> U8:
    return n

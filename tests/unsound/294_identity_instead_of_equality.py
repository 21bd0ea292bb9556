# Identity instead of equality.
# expect: `is`: write `==`
# witness: f(300)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64


@kernel()
@ensure(lambda n, result: result is n)
def f(n: I64) -> I64:
    return n + 0 * n

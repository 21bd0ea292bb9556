# Statements after a loop that always returns.
# expect: postcondition at line 12
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U8) -> U8:
    for i in range(n):
        return 1
    return 0

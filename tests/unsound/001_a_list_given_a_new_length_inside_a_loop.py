# A list given a new length inside a loop.
# expect: postcondition at line 12
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 3)
def f(n: U8) -> U8:
    x: list[U8] = [0] * 3
    for i in range(n):
        x = [0] * 5
    return len(x)

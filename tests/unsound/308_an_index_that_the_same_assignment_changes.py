# An index that the same assignment changes.
# expect: tuple assignment to anything but names
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result[0] == 5)
def f(n: U8) -> list[U8]:
    x: list[U8] = [0, 0]
    i: U8 = 0
    i, x[i] = 1, 5
    return x

# A swap of two elements.
# expect: tuple assignment to anything but names
# witness: f(1, 2)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda a, b, result: result[0] == a)
def f(a: U8, b: U8) -> list[U8]:
    x: list[U8] = [a, b]
    x[0], x[1] = x[1], x[0]
    return x

# One list twice in a nested result.
# expect: result holds `x` twice
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: len(result[0]) == 1 and len(result[1][0]) == 1)
def f(n: U8) -> tuple[list[U8], tuple[list[U8], U8]]:
    x: list[U8] = [n]
    return x, (x, n)

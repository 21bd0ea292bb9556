# An element stored beyond its type.
# expect: range check at line 15
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: len(result) == 1)
def f(n: U8) -> list[U8]:
    x: list[U8] = [255]
    x[0] += n
    return x

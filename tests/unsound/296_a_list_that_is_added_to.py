# A list that is added to.
# expect: `x.append(n)` is outside the verified subset
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: len(result) == 1)
def f(n: U8) -> list[U8]:
    x: list[U8] = [n]
    x.append(n)
    return x

# Equality of lists.
# expect: a new list in a condition: `[0, n + 1]`
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == [0, n + 1])
def f(n: U8) -> list[U8]:
    x: list[U8] = [0, n]
    return x

# A list passed through a callee.
# expect: result aliases parameter `x`: copy it into a new list
# witness: f(1)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda x, result: len(result) == len(x))
def g(x: Sequence[U8]) -> Sequence[U8]:
    return x


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: U8) -> U8:
    x: list[U8] = [0]
    y = g(x)
    x[0] = 1
    return y[0]

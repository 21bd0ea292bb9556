# A parameter changed in place.
# expect: parameter `x` is mutated: fill a list of your own
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda x: len(x) == 1)
@ensure(lambda result: result == 0)
def f(x: list[U8]) -> U8:
    x[0] = 1
    return 0

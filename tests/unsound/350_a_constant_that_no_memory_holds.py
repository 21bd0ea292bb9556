# A constant that no memory holds.
# expect: `9 ** 9 ** 9` has no value in the subset
# Python itself never finishes this file.
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

if False:
    pass
M = 9**9**9**9


@kernel()
@ensure(lambda n, result: result >= M)
def f(n: U8) -> U8:
    return n

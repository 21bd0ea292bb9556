# A kernel that is a coroutine.
# expect: no function is marked with @kernel or @lemma
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
async def f(n: U8) -> U8:
    return n

# A cache between a kernel and its callers.
# expect: decorator `functools.lru_cache`
# witness: f(3)
from __future__ import annotations

import functools

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@functools.lru_cache
@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n


g(1)


@kernel()
@ensure(lambda n, result: result == n + 1)
def f(n: U8) -> U8:
    return g(n)

# A function replaced by a wrapper.
# expect: the module's `g` may change
# witness: f(1)
from __future__ import annotations

import functools

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n


g = functools.wraps(g)(lambda n: 0)


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)

# A function replaced by a wrapper behind the module's back.
# expect: `g` is wrapped by other code, or not what was imported: Python calls code of 095_a_function_replaced_by_a_wrap
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


globals()["g"] = functools.wraps(g)(lambda n: 0)


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)

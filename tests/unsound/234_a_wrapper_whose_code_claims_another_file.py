# A wrapper whose code claims another file.
# expect: `g` is wrapped by other code, or not what was imported: Python calls code of functools.py:20 that differs from
# witness: f(3)
from __future__ import annotations

import functools

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n


real = globals()["g"]
fake = functools.wraps(real)(lambda *args, **kwargs: 0)
fake.__code__ = fake.__code__.replace(co_filename=functools.__file__, co_name="wrapper")
globals()["g"] = fake


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)

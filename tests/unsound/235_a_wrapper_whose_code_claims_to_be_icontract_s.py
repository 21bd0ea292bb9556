# A wrapper whose code claims to be icontract's.
# expect: `g` is wrapped by other code, or not what was imported: Python calls code of _checkers.py:18 that differs from
# witness: f(3)
from __future__ import annotations

import icontract._checkers
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n


def wrapper(*args, **kwargs):
    return 0


real = globals()["g"]
wrapper.__code__ = wrapper.__code__.replace(co_filename=icontract._checkers.__file__)
wrapper.__dict__.update(vars(real))
wrapper.__wrapped__ = real.__wrapped__
wrapper.__name__, wrapper.__qualname__ = "g", "g"
globals()["g"] = wrapper


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)

# A kernel with the globals of another module.
# expect: `f` uses another module's names
# witness: f(3)
from __future__ import annotations

import inspect
import types

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = 5


@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8) -> U8:
    return M


inner = inspect.unwrap(f)
moved = types.FunctionType(inner.__code__, {**globals(), "M": 6}, "f")
moved.__annotations__ = inner.__annotations__
globals()["f"] = kernel()(ensure(lambda n, result: result == 5)(moved))

# A builtin that another module replaces for this one.
# expect: the module's `abs` hides the built-in one
# witness: f(-3)
from __future__ import annotations

import other
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, I64


@kernel()
@ensure(lambda n, result: result >= 0)
def f(n: I8) -> I64:
    return abs(n)


unused = other

# A module with builtins of its own.
# expect: 230_a_module_with_builtins_of_its_own has built-in functions of its own
# witness: f(-3)
from __future__ import annotations

import builtins

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, I64

globals()["__builtins__"] = {**vars(builtins), "abs": lambda n: n}


@kernel()
@ensure(lambda n, result: result >= 0)
def f(n: I8) -> I64:
    return abs(n)

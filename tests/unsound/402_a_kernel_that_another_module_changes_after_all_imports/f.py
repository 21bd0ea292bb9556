# A kernel that another module changes after all imports.
# expect: `g` is wrapped by other code, or not what was imported
# witness: f(3)
from __future__ import annotations

import other
from helper import g
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U7, U8


@kernel()
@ensure(lambda n, result: result == n + 1)
def f(n: U7) -> U8:
    return g(n)


unused = other

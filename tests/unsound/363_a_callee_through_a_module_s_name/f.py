# A callee through a module's name.
# expect: call of `helper.g`
# witness: f(3)
from __future__ import annotations

import helper
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U7, U8


@kernel()
@ensure(lambda n, result: result == n + 1)
def f(n: U7) -> U8:
    return helper.g(n)

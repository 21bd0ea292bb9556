# Two modules that call each other.
# expect: call of `other.g`
# witness: f(3)
from __future__ import annotations

import other
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 42)
def f(n: U8) -> U8:
    return other.g(n)

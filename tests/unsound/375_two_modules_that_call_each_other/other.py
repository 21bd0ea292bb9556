from __future__ import annotations

import f as origin
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 42)
def g(n: U8) -> U8:
    return origin.f(n)

# An assertion that is false on an early return's path.
# expect: assertion at line 16
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: U8) -> U8:
    if n == 0:
        return 0
    assert n == 0
    return n

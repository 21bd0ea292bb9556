# A kernel that falls off its end.
# expect: f may end without a return
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: n != 1 or result == 0)
def f(n: U8) -> U8:
    if n != 1:
        return 0

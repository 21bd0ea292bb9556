# A negative number is true.
# expect: postcondition at line 12
# witness: f(-1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, U8


@kernel()
@ensure(lambda n, result: (result == 1) == (n > 0))
def f(n: I8) -> U8:
    if n:
        return 1
    return 0

# A list in a tuple parameter that is changed.
# expect: `x` would alias `t`
# witness: f(([0], 1))
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda t, result: result == 0 and t[0][0] == 0)
def f(t: tuple[list[U8], U8]) -> U8:
    x, n = t
    x[0] = 1
    return 0

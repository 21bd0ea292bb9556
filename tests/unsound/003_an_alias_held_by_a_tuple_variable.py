# An alias held by a tuple variable.
# expect: `t` would alias `(x, n)`
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x: list[U8] = [0] * 3
    t = (x, n)
    x[0] = 7
    return t[0][0]

# A list chosen by a condition.
# expect: a choice between sequence of int[0..255] and sequence of int[-2**63..2**63-1]
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: U8) -> U8:
    x: list[U8] = [0]
    y = x if n > 0 else [0]
    y[0] = 1
    return x[0]

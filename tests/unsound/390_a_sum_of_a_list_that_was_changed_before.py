# A sum of a list that was changed before.
# expect: postcondition at line 12
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: U8) -> I64:
    x: list[U8] = [0, 0]
    before: I64 = sum(x)
    x[1] = n
    return sum(x) - before

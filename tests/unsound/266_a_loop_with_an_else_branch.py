# A loop with an else branch.
# expect: `for` with else: put it after the loop
# witness: f([])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda x, result: result == 0)
def f(x: Sequence[U8]) -> I64:
    for v in x:
        y = v
    else:
        return 1
    return 0

# A sum with a start.
# expect: call `sum(x, 5)`
# witness: f([1])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@require(lambda x: len(x) == 1)
@ensure(lambda x, result: result == x[0])
def f(x: Sequence[U8]) -> I64:
    return sum(x, 5)

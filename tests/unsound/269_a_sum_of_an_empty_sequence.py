# A sum of an empty sequence.
# expect: postcondition at line 15
# witness: f([])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@require(lambda x: len(x) <= 5)
@ensure(lambda x, result: result > 0 or any(x[i] == 0 for i in range(len(x))))
def f(x: Sequence[U8]) -> I64:
    return sum(x)

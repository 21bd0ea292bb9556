# A sum in a contract of a wide word.
# expect: overflow check at line 17
# witness: f([2**63 - 1, 1])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64


@kernel()
@require(lambda x: len(x) == 2)
@ensure(lambda x, result: result == sum(x))
def f(x: Sequence[I64]) -> I64:
    return x[0] + x[1]

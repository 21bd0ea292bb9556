# A sum whose parts leave the word.
# expect: precondition at line 17
# On CPython the sum is exact; a machine's partial sum would wrap.
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64


@kernel()
@require(lambda x: len(x) == 3)
@ensure(lambda x, result: result == x[0] + x[1] + x[2])
def f(x: Sequence[I64]) -> I64:
    return sum(x)

# The least element of a list of negative numbers.
# expect: postcondition at line 15
# witness: f([-3, -5])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8


@kernel()
@require(lambda x: len(x) == 2)
@ensure(lambda x, result: result == x[0])
def f(x: Sequence[I8]) -> I8:
    return min(x)

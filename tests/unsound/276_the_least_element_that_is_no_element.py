# The least element that is no element.
# expect: postcondition at line 15
# witness: f([3, 4])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda x: len(x) == 2)
@ensure(lambda x, result: result == x[1])
def f(x: Sequence[U8]) -> U8:
    return min(x)

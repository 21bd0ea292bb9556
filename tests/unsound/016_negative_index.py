# Negative index.
# expect: index check at line 17
# witness: f([1, 2], 5)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, U8


@kernel()
@require(lambda x: len(x) == 2)
@ensure(lambda x, result: result == x[0] or result == x[1])
def f(x: Sequence[U8], i: I8) -> U8:
    return x[i]

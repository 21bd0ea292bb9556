# A local called len.
# expect: call of the local variable `len`
# witness: f([1])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda x, result: result == len(x))
def f(x: Sequence[U8]) -> I64:
    len = 3
    return len(x)

# A wide element taken for a machine integer.
# expect: exceeds the machine word
# witness: f([2 ** 70])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, Fix


@kernel()
@require(lambda x: len(x) == 1)
@ensure(lambda result: result == result)
def f(x: Sequence[Fix]) -> I64:
    return x[0]

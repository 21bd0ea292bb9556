# A wide element taken for a machine integer.
# expect: x: range -2**290..2**290 exceeds the machine word -2**63..2**63-1
# witness: f([2 ** 70])
from __future__ import annotations

from collections.abc import Sequence

from icontract import require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, Fix


@kernel()
@require(lambda x: len(x) == 1)
def f(x: Sequence[Fix]) -> I64:
    return x[0]

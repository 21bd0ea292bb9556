# The greatest element in a contract of an empty sequence.
# expect: precondition at line 14
# witness: f([])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda x, result: result <= max(x) or result == 0)
def f(x: Sequence[U8]) -> U8:
    return 1

# A precondition that indexes beyond the end.
# expect: index check at line 14
# witness: f([])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda x: x[0] == x[0])
@ensure(lambda x, result: len(x) > 0)
def f(x: Sequence[U8]) -> U8:
    return 0

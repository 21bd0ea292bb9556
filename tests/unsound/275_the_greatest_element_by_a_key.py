# The greatest element by a key.
# expect: call of `max`: positional arguments, all of them
# witness: f([-3, 2])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8


@kernel()
@require(lambda x: len(x) == 2)
@ensure(lambda x, result: result >= x[0] and result >= x[1])
def f(x: Sequence[I8]) -> I8:
    return max(x, key=abs)

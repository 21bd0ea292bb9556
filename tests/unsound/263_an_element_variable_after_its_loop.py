# An element variable after its loop.
# expect: after its loop
# witness: f([])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda x, result: len(x) == 0 or result == x[len(x) - 1])
def f(x: Sequence[U8]) -> U8:
    for v in x:
        y = v
    return v

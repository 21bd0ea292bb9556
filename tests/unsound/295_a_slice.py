# A slice.
# expect: slice: pass bounds, and index from them
# witness: f([1, 2])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda x: len(x) == 2)
@ensure(lambda x, result: len(result) == 2)
def f(x: Sequence[U8]) -> list[U8]:
    return x[:1]

# A list of hugely negative length.
# expect: length check at line 19
# witness: f(-(2**100))
from __future__ import annotations

from typing import Annotated

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import FIX512, U8, Range

Huge = Annotated[int, Range(-(2**100), 2**100)]


@kernel(word=FIX512)
@require(lambda n: n < 0)
@ensure(lambda n, result: result == 0)
def f(n: Huge) -> U8:
    x: list[U8] = [0] * n
    return len(x)

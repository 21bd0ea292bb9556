# A list of more elements than Python counts.
# expect: length check at line 18
# witness: f(2**100)
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import FIX512, U8, Range

Huge = Annotated[int, Range(-(2**100), 2**100)]


@kernel(word=FIX512)
@ensure(lambda n, result: result == 0)
def f(n: Huge) -> U8:
    x: list[U8] = [0] * n
    return 0

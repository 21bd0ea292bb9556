# Bits of variables above 64 bits.
# expect: postcondition at line 16
# witness: f(2**100, 2**100)
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import FIX512, Range

Wide = Annotated[int, Range(-(2**200), 2**200)]


@kernel(word=FIX512)
@ensure(lambda a, b, result: result < 2**64)
def f(a: Wide, b: Wide) -> Wide:
    return a & b

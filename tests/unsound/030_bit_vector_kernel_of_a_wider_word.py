# Bit-vector kernel of a wider word.
# expect: postcondition at line 16
# witness: f(1)
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import FIX512, U8, Range

Wide = Annotated[int, Range(0, 2**200)]


@kernel(theory="bv", word=FIX512)
@ensure(lambda result: result == 0)
def f(a: Wide) -> U8:
    return a & 1

# Bit-vector kernel calling a wider kernel.
# expect: postcondition at line 18
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import FIX512, I64, U8, Fix


@kernel(word=FIX512)
@ensure(lambda n, result: result == 2**200)
def g(n: U8) -> Fix:
    return 2**200


@kernel(theory="bv")
@ensure(lambda result: result == 0)
def f(n: U8) -> I64:
    return g(n) & 1 | 1

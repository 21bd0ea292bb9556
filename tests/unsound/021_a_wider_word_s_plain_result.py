# A wider word's plain result.
# expect: range check at line 20
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import FIX512, I64, U8


@kernel(word=FIX512)
@ensure(lambda n, result: result == 2**100 + n)
def g(n: U8) -> int:
    return 2**100 + n


@kernel()
@ensure(lambda n, result: result == 2**100 + n)
def f(n: U8) -> I64:
    x = g(n)
    return x

# Shift beyond the word.
# expect: shift check at line 13
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda result: result >= 0)
def f(a: U8, n: U8) -> I64:
    return a >> n

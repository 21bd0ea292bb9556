# A product beyond the word that is divided again.
# expect: overflow check at line 13
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64


@kernel()
@ensure(lambda a, result: result == a)
def f(a: I64) -> I64:
    return a * 4 // 4

# A list of 2 to the 62 elements.
# expect: length check at line 14
# witness: f(2**62)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda n, result: len(result) == max(n, 0))
def f(n: I64) -> list[U8]:
    return [0] * n

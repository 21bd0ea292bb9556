# [x] * n with negative n.
# expect: postcondition at line 12
# witness: f(-1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, U8


@kernel()
@ensure(lambda n, result: len(result) == n)
def f(n: I8) -> list[U8]:
    return [0] * n

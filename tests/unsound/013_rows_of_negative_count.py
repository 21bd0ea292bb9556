# Rows of negative count.
# expect: postcondition at line 12
# witness: f(-1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, U8


@kernel()
@ensure(lambda n, result: len(result) == n)
def f(n: I8) -> list[list[U8]]:
    return [[0] * 2 for _ in range(n)]

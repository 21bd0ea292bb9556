# A list whose length is a product.
# expect: length check at line 15
# witness: f(2**40, 2**20)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@require(lambda n, m: 0 <= n <= 2**40 and 0 <= m <= 2**20)
@ensure(lambda n, m, result: len(result) == n * m)
def f(n: I64, m: I64) -> list[U8]:
    return [0] * (n * m)

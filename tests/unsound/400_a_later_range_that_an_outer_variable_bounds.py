# A later range that an outer variable bounds.
# expect: postcondition at line 12
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: all(i + j != 3 for i in range(n) for j in range(i)))
def f(n: U8) -> U8:
    return 0

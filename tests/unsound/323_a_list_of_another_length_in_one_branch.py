# A list of another length in one branch.
# expect: index check at line 17
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 0)
def f(n: U8) -> U8:
    x: list[U8] = [0]
    if n > 0:
        x = [0, 0]
    return x[1]

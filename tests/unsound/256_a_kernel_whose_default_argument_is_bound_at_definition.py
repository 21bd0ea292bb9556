# A kernel whose default argument is bound at definition.
# expect: only plain parameters without defaults are supported
# witness: f()
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8 = 4) -> U8:
    return n

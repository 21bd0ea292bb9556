# A literal quantifier with start above stop.
# expect: postcondition at line 13
# witness: f(4)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda n: all(n == 5 for i in range(5, 3)))
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    return n

# A postcondition called require.
# expect: the module's `require` may change
# witness: f(3)
from __future__ import annotations

from icontract import ensure, require
from icontract import ensure as require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda n: n == 5)
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    return n

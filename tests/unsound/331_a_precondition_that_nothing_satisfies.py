# A precondition that nothing satisfies.
# expect: vacuous
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda n: n > 300)
@ensure(lambda n, result: result == 300)
def f(n: U8) -> U8:
    return n

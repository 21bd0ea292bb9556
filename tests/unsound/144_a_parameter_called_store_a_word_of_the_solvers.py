# A parameter called store, a word of the solvers.
# expect: postcondition at line 12
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda store, result: result == store + 1)
def f(store: U8) -> I64:
    return store

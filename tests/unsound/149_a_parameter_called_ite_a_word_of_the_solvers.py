# A parameter called ite, a word of the solvers.
# expect: postcondition at line 12
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda ite, result: result == ite + 1)
def f(ite: U8) -> I64:
    return ite

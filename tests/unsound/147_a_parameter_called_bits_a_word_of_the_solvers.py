# A parameter called bits, a word of the solvers.
# expect: postcondition at line 12
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda bits, result: result == bits + 1)
def f(bits: U8) -> I64:
    return bits

# A list of literals beyond the word.
# expect: 1267650600228229401496703205376 is no number of the machine word -2**63..2**63-1
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda result: len(result) == 1)
def f(n: U8) -> list[I64]:
    x = [2**100]
    return x

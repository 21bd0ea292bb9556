# A parameter called true, a solver's word.
# expect: postcondition at line 12
# witness: f(False)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 0)
def f(true: bool) -> U8:
    return 0 if true else 1

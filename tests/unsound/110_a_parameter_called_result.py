# A parameter called result.
# expect: called `result`
# witness: f(5)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda result: result == 0)
def f(result: U8) -> U8:
    return 0

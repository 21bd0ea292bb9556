# The least integer has no negative.
# expect: overflow check at line 14
# witness: f(-2 ** 63)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64


@kernel()
@ensure(lambda a, result: result == -a)
def f(a: I64) -> I64:
    return -a

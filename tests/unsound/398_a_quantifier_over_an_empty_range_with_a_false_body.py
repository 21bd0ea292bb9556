# A quantifier over an empty range with a false body.
# expect: postcondition at line 12
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: any(i == i for i in range(n, n)))
def f(n: U8) -> U8:
    return 0

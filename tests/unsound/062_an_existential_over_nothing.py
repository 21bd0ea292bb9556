# An existential over nothing.
# expect: postcondition at line 12
# witness: f(4)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: any(n == n for i in range(result)))
def f(n: U8) -> U8:
    return 0

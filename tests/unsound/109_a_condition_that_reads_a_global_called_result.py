# A condition that reads a global called result.
# expect: postcondition at line 14
# witness: f(5)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

result = 3


@kernel()
@ensure(lambda n: result == n)
def f(n: U8) -> U8:
    return n

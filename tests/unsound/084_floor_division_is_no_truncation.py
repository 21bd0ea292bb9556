# Floor division is no truncation.
# expect: postcondition at line 12
# witness: f(-3, 2)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I8, I64


@kernel()
@ensure(lambda a, b, result: result * b == a - a % b and abs(result) <= abs(a) // abs(b))
def f(a: I8, b: I8) -> I64:
    return a // b if b != 0 else 0

# Not of a number.
# expect: postcondition at line 12
# witness: f(2)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda a, result: (result == 1) == (a > 1))
def f(a: U8) -> U8:
    return 1 if not a else 0

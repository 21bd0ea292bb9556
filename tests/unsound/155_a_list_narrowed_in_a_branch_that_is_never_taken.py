# A list narrowed in a branch that is never taken.
# expect: range check at line 23
# witness: f(9)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda a, result: result == 0)
def g(a: Sequence[U3]) -> U8:
    return 0


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U3:
    c: U8 = g([n]) if n > 255 else 0
    return n

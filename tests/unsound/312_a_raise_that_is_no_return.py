# A raise that is no return.
# expect: raise: state a precondition instead
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    if n == 1:
        raise ValueError
    return n

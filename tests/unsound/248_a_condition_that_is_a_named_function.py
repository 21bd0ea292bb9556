# A condition that is a named function.
# expect: a contract is one lambda: @require(lambda x: x > 0)
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


def holds(n, result):
    return result == n + 1


@kernel()
@ensure(holds)
def f(n: U8) -> U8:
    return n

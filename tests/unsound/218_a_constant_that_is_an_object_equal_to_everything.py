# A constant that is an object equal to everything.
# expect: `Any(1)` is no constant: write it with integers, operators and constants
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


class Any(int):
    def __eq__(self, other):
        return True


M = Any(1)


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

# A constant with arithmetic of its own.
# expect: `Odd(5)` is no constant: write it with integers, operators and constants
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U7, U8


class Odd(int):
    def __add__(self, other):
        return 0


N = Odd(5)


@kernel()
@ensure(lambda n, result: result >= 5)
def f(n: U7) -> U8:
    return N + n

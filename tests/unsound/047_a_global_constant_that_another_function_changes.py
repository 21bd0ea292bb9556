# A global constant that another function changes.
# expect: the module's `N` may change
# witness: (change(), f(1))
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

N = 5


def change():
    global N
    N = 4


@kernel()
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    return N

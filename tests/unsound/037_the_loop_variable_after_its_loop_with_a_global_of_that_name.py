# The loop variable after its loop, with a global of that name.
# expect: `i` may be read before it is assigned, or after its loop
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

i = 5


@kernel()
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    for i in range(n):
        x = 0
    return i

# A module of the standard library's name.
# expect: TODO
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8) -> U8:
    return n

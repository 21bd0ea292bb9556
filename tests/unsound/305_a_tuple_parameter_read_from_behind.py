# A tuple parameter read from behind.
# expect: a tuple is indexed by a literal
# witness: f((1, 2))
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda t, result: result == t[0])
def f(t: tuple[U8, U8]) -> U8:
    return t[-1]

# A name that is deleted.
# expect: del: use another name
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    x = n
    del x
    return x

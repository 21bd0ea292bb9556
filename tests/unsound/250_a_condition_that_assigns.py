# A condition that assigns.
# expect: `:=`: assign on a line of its own
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: (n := 0) == result)
def f(n: U8) -> U8:
    return n

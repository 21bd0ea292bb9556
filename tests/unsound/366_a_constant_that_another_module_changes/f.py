# A constant that another module changes.
# expect: `M` is 6 when run, 5 in the text
# witness: f(3)
from __future__ import annotations

import other
from icontract import ensure
from values import M
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8) -> U8:
    return M


unused = other

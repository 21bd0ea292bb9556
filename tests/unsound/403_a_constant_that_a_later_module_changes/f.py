# A constant that a later module changes.
# expect: attribute: import the name itself
from __future__ import annotations

import other
import values
from icontract import ensure
from values import M
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: values.M == 5 and result == 5)
def f(n: U8) -> U8:
    return M


unused = other

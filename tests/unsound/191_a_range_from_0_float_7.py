# A range from 0, float(7).
# expect: `float(7)` is no constant: write it with integers, operators and constants
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import Range

Half = Annotated[int, Range(0, float(7))]


@kernel()
@ensure(lambda n, result: result >= 0)
def f(n: Half) -> Half:
    return n

# A range from 0, 1e3.
# expect: `1000.0` is no constant: write it with integers, operators and constants
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import Range

Half = Annotated[int, Range(0, 1e3)]


@kernel()
@ensure(lambda n, result: result >= 0)
def f(n: Half) -> Half:
    return n

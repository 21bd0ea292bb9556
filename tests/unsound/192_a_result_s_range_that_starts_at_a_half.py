# A result's range that starts at a half.
# expect: `0.5` is no constant: write it with integers, operators and constants
# witness: f(0)
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, Range

Half = Annotated[int, Range(0.5, 7)]


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U3) -> Half:
    return n

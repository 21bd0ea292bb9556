# Two ranges in one annotation.
# expect: `Annotated[U8, Range(0, 7)]` is a range of no integers
# witness: f(9)
# Python flattens this to `Annotated[int, Range(0, 255), Range(0, 7)]`; the first range counts.
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8, Range

Two = Annotated[U8, Range(0, 7)]


@kernel()
@ensure(lambda n, result: result <= 7)
def f(n: Two) -> U8:
    return n

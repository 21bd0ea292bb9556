# A built-in type that changes.
# expect: `Annotated[int, Range(0, 7)]` is a range of no integers
# witness: f(9)
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8, Range


@kernel()
@ensure(lambda a, result: result <= 7)
def f(a: int) -> U8:
    return a


int = Annotated[int, Range(0, 7)]

# A type that changes after the contract was attached.
# expect: the module's `U` may change
# witness: f(9)
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8, Range

U = Annotated[int, Range(0, 255)]


@kernel()
@ensure(lambda result: result <= 7)
def f(a: U) -> U8:
    return a


U = Annotated[int, Range(0, 7)]

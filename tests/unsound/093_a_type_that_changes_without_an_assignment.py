# A type that changes without an assignment.
# expect: the module's `U` may change
# witness: f(9)
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8, Range

U = Annotated[int, Range(0, 255)]


@kernel()
@ensure(lambda a, result: result <= 7)
def f(a: U) -> U8:
    return a


match Annotated[int, Range(0, 7)]:
    case U:
        pass

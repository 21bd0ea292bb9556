# A local's type that changes.
# expect: the module's `U` may change
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8, Range

U = Annotated[int, Range(0, 255)]


@kernel()
@ensure(lambda a, result: result == a)
def f(a: U8) -> U8:
    x: U = a
    return x


U = Annotated[int, Range(0, 7)]

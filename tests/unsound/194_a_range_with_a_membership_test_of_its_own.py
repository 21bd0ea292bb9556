# A range with a membership test of its own.
# expect: `Wide` is no function, constant or type of the subset
# witness: f(300)
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, Range


class Wide(Range):
    def __contains__(self, value: object) -> bool:
        return True


@kernel()
@ensure(lambda n, result: result == 300)
def f(n: Annotated[int, Wide(0, 255)]) -> I64:
    return n

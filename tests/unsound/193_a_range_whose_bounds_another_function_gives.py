# A range whose bounds another function gives.
# expect: `Range(*bounds())` is no range: write Range(low, high)
# witness: f(9)
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8, Range


def bounds() -> tuple[int, int]:
    return 0, 7


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> Annotated[int, Range(*bounds())]:
    return n

# An unbounded parameter taken for a machine integer.
# expect: parameter `a` has no range: write I64 or Annotated[int, Range(lo, hi)]
# witness: f(2 ** 70)
from __future__ import annotations

from veriquant_spec.markers import kernel
from veriquant_spec.types import I64


@kernel()
def f(a: int) -> I64:
    return a

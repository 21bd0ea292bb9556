# Specification recursion on a list that was changed.
# expect: assertion at line 24
# witness: f(1)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import I64, U8


@logic
def total(x: Sequence[int], n: int) -> int:
    return total(x, n - 1) + (x[n - 1] if n <= len(x) else 0) if n > 0 else 0


@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U8) -> I64:
    x: list[U8] = [0, 0]
    assert total(x, 1) == 0
    x[0] = n
    assert total(x, 1) == 0
    return 1

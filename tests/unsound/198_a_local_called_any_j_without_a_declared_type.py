# A local called any_j without a declared type.
# expect: postcondition at line 15
# witness: f([9, 1])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel, variant
from veriquant_spec.types import U8


@kernel()
@require(lambda x: 1 <= len(x) <= 255)
@ensure(lambda x, result: result < len(x) and all(x[j] <= x[result] for j in range(len(x))))
def f(x: Sequence[U8]) -> U8:
    any_j = 0
    while any_j + 1 < len(x):
        assert invariant(0 <= any_j < len(x))
        assert variant(len(x) - any_j)
        any_j = any_j + 1
    return any_j

# A set is no sequence.
# expect: type `set[U8]` is outside the verified subset: int, bool, Fraction, Annotated[int, Range(low, high)], Sequence
# witness: f({1, 2})
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda x: len(x) == 2)
@ensure(lambda x, result: result == x[0])
def f(x: set[U8]) -> U8:
    return x[0]

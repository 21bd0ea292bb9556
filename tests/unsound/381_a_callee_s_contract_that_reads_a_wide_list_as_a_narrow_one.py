# A callee's contract that reads a wide list as a narrow one.
# expect: postcondition at line 27
# witness: f([9])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda x, result: len(x) == 0 or x[0] <= 7)
def g(x: Sequence[U3]) -> U8:
    return 0


@kernel()
@ensure(lambda x, result: len(x) == 0 or result > 0 or g(x) == 0 or x[0] >= 0)
def h(x: Sequence[U3]) -> U8:
    return 0


@kernel()
@require(lambda x: len(x) == 1)
@ensure(lambda x, result: x[0] <= 7)
def f(x: Sequence[U8]) -> U8:
    return h(x) if x[0] > 255 else 0

# A callee's contract that indexes only where it may.
# expect: postcondition at line 20
# witness: f([], 0)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@ensure(lambda x, i, result: i >= len(x) or x[i] >= 0)
def g(x: Sequence[U3], i: U8) -> U8:
    return 0


@kernel()
@ensure(lambda x, i, result: i < len(x) and result == 0)
def f(x: Sequence[U3], i: U8) -> U8:
    return g(x, i)

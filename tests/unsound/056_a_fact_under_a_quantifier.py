# A fact under a quantifier.
# expect: range check at line 18
# witness: f([255], 100)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U8


@kernel()
@require(lambda x: all(x[i] > 5 for i in range(len(x))))
@require(lambda x, n: any(x[i] > n for i in range(len(x))))
@ensure(lambda n, result: result == n)
def f(x: Sequence[U8], n: U8) -> U3:
    return n

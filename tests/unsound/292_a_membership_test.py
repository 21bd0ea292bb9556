# A membership test.
# expect: `in`: write any(x[i] == v for i in range(len(x)))
# witness: f([1], 2)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda x, n, result: n in x)
def f(x: Sequence[U8], n: U8) -> U8:
    return 0

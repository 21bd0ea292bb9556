# The truth of a list.
# expect: a list as a condition: write `len(x) > 0`
# witness: f([0])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda x, result: (result == 1) == any(x[i] != 0 for i in range(len(x))))
def f(x: Sequence[U8]) -> U8:
    return 1 if x else 0

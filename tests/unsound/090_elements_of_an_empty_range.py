# Elements of an empty range.
# expect: empty range 1..0
# witness: f([])
from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8, Range

Empty = Annotated[int, Range(1, 0)]


@kernel()
@ensure(lambda result: result == 5)
def f(a: Sequence[Empty]) -> U8:
    assert all(a[i] == a[i] for i in range(len(a)))
    return 0

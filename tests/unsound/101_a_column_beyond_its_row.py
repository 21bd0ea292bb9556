# A column beyond its row.
# expect: index check at line 18
# witness: f([[1, 2, 3], []])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@require(lambda w: len(w) == 2)
@require(lambda w: len(w[0]) == 3)
@ensure(lambda w, result: result == w[1][2])
def f(w: Sequence[Sequence[U8]]) -> U8:
    return w[1][2]

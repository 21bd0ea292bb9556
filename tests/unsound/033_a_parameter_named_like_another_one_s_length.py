# A parameter named like another one's length.
# expect: postcondition at line 14
# witness: f([], 3)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U4, U8


@kernel()
@ensure(lambda a, result: result == len(a))
def f(a: Sequence[U8], a_len: U4) -> U8:
    return a_len

# A shift that no memory holds.
# expect: `1 << 2 ** 60` has no value in the subset
# `1 << 2**60` has more digits than any memory holds.
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result < 1 << 2**60)
def f(n: U8) -> U8:
    return n

# A list concatenated in place.
# expect: operator `+` on sequence of int[0..255] and sequence of int[-2**63..2**63-1]
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: len(result) == 1)
def f(n: U8) -> list[U8]:
    x: list[U8] = [n]
    x += [n]
    return x

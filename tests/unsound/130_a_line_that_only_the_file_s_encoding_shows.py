# coding: utf-7
# A line that only the file's encoding shows.
# expect: postcondition at line 13
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    x: U8 = n
    # +AAo-    x = 7
    return x

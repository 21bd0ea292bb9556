# Parameters returned as new lists.
# expect: aliases parameter
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda x, result: len(result) == len(x))
def f(x: list[U8]) -> list[U8]:
    return x

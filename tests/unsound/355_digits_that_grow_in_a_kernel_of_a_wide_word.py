# Digits that grow in a kernel of a wide word.
# expect: `2 ** 20000` has no value in the subset
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8, Range


@kernel(word=Range(-(2**20000), 2**20000))
@ensure(lambda n, result: result == 0)
def f(n: U8) -> Annotated[int, Range(-(2**20000), 2**20000)]:
    return n * 2**16000

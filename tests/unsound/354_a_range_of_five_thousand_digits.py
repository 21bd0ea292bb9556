# A range of five thousand digits.
# expect: `10 ** 5000` has no value in the subset
from __future__ import annotations

from typing import Annotated

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8, Range


@kernel(word=Range(-(10**5000), 10**5000))
@ensure(lambda n, result: result > n)
def f(n: Annotated[int, Range(0, 10**5000)]) -> U8:
    return 0

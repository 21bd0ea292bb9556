# A postcondition added behind the text.
# expect: a condition that is not the text's lambda
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return n


def another(n, result):
    return result == n + 1


f.__postconditions__[-1].condition = another

# A condition with a side effect.
# expect: call of `seen.append`
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

seen = []


@kernel()
@ensure(lambda n, result: seen.append(n) or result == n + 1)
def f(n: U8) -> U8:
    return n

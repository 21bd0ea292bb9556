# A specification function at a negative counter.
# expect: postcondition at line 17
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U8


@logic
def p(n: int) -> int:
    return p(n - 1) + 1 if n > 0 else 5


@kernel()
@ensure(lambda n, result: p(n - 1) == n)
def f(n: U8) -> U8:
    return 0

# A shift in a contract by more than the word.
# expect: postcondition at line 12
# witness: f(1, 200)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda a, n, result: a << n >> n == 0)
def f(a: U8, n: U8) -> U8:
    return 0

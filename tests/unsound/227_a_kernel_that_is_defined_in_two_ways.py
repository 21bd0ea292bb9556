# A kernel that is defined in two ways.
# expect: no function is marked with @kernel or @lemma
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

if __debug__:

    @kernel()
    @ensure(lambda n, result: result == 2)
    def f(n: U8) -> U8:
        return 1

else:

    @kernel()
    @ensure(lambda n, result: result == 2)
    def f(n: U8) -> U8:
        return 2

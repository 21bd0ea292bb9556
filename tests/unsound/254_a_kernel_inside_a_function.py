# A kernel inside a function.
# expect: no function is marked with @kernel or @lemma
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


def make(k):
    @kernel()
    @ensure(lambda n, result: result == n)
    def g(n: U8) -> U8:
        return k

    return g


f = make(4)

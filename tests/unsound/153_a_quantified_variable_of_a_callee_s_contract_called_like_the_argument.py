# A quantified variable of a callee's contract called like the argument.
# expect: postcondition at line 25
# witness: f([1, 2], 0)
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda x, k, result: (result == 1) == all(x[i] == k for i in range(len(x))))
def g(x: Sequence[U8], k: U8) -> U8:
    for i in range(len(x)):
        assert invariant(all(x[j] == k for j in range(i)))
        if x[i] != k:
            return 0
    return 1


@kernel()
@require(lambda x, i: len(x) == 2 and i < 2)
@ensure(lambda x, i, result: result == 1)
def f(x: Sequence[U8], i: U8) -> U8:
    return g(x, x[i])

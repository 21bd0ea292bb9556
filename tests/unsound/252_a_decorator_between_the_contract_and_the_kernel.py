# A decorator between the contract and the kernel.
# expect: decorator `off`
# witness: f(3)
from __future__ import annotations

import functools

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


def off(function):
    return functools.wraps(function)(lambda n: function(n) + 1)


@kernel()
@ensure(lambda n, result: result == n)
@off
def f(n: U8) -> U8:
    return n

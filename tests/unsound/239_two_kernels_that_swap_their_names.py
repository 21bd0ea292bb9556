# Two kernels that swap their names.
# expect: `g` is wrapped by other code, or not what was imported: Python calls code of 239_two_kernels_that_swap_their_n
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n


@kernel()
@ensure(lambda n, result: result == 0)
def h(n: U8) -> U8:
    return 0


globals()["g"], globals()["h"] = h, g
for function, name in ((g, "g"), (h, "h")):
    function.__name__ = function.__qualname__ = name


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)

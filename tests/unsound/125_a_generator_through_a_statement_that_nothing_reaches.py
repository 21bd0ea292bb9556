# A generator through a statement that nothing reaches.
# expect: `f` is a generator: return a list
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return n
    yield

# A name made local by `import N` that nothing reaches.
# expect: import inside a function: move it to the top of the module
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

N = 5


@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8) -> U8:
    return N
    import N

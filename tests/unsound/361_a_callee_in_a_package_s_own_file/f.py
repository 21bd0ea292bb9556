# A callee in a package's own file.
# expect: assumed: kernels.g
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from kernels import g
from veriquant_spec.markers import kernel
from veriquant_spec.types import U7, U8


@kernel()
@ensure(lambda n, result: result == n + 1)
def f(n: U7) -> U8:
    return g(n)

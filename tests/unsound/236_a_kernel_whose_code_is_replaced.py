# A kernel whose code is replaced.
# expect: `f` is wrapped by other code, or not what was imported: Python calls code of 236_a_kernel_whose_code_is_replac
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return n


vars(f)["__wrapped__"].__code__ = (lambda n: n + 1).__code__

# A constant set again by a star import.
# expect: `import *`: import each name
# witness: f(0)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = 2
from veriquant_spec.types import *

MAX_K = 1
M = MAX_K


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

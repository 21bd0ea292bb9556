# A constant set again through the module object.
# expect: `M` is 1 when run, 2 in the text
# witness: f(0)
from __future__ import annotations

import sys

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = 2
setattr(sys.modules[__name__], "M", 1) if __name__ in sys.modules else globals().update(M=1)


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

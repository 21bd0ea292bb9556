# A precondition that attaches nothing.
# expect: `require` may change
# witness: f(3)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

real = require
require = lambda condition: lambda function: function


@kernel()
@require(lambda n: n == 5)
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    return n


require = real

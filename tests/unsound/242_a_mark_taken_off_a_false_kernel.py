# A mark taken off a false kernel.
# expect: postcondition at line 14
# witness: f(3)
from __future__ import annotations

import inspect

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U7, U8


@kernel()
@ensure(lambda n, result: result == n + 1)
def f(n: U7) -> U8:
    return n


del inspect.unwrap(f).__veriquant__

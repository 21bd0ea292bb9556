# A kernel whose constants are replaced in its code.
# expect: `f` is wrapped by other code, or not what was imported: Python calls code of 237_a_kernel_whose_constants_are_
# witness: f(3)
from __future__ import annotations

import inspect

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8) -> U8:
    return 5 + 0 * n


plain = inspect.unwrap(f)
plain.__code__ = plain.__code__.replace(
    co_consts=tuple(6 if c == 5 else c for c in plain.__code__.co_consts)
)

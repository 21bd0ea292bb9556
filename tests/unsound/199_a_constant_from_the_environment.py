# A constant from the environment.
# expect: `2 if os.environ.get('VERIQUANT_UNSOUND') else 1` is no constant: write it with integers, operators and consta
# witness: f(0)
from __future__ import annotations

import os

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8

M = 2 if os.environ.get("VERIQUANT_UNSOUND") else 1


@kernel()
@ensure(lambda n, result: result == 2)
def f(n: U8) -> U8:
    return M

# A constant of another module that reads the environment.
# expect: `int(os.environ.get('VERIQUANT_UNSOUND', '6'))` is no constant: write it with integers, operators and constant
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from values import M
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8) -> U8:
    return M

# Names beyond ASCII that differ in nothing a symbol keeps.
# expect: postcondition at line 12
# witness: f(1, 2)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda é, è, result: result == è)
def f(é: U8, è: U8) -> U8:
    return é

# One name in two spellings that Python takes for one.
# expect: postcondition at line 12
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    ﬁ: U8 = n
    fi: U8 = 0
    return ﬁ

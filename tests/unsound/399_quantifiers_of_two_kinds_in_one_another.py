# Quantifiers of two kinds in one another.
# expect: postcondition at line 12
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: any(all(i >= j for j in range(10)) for i in range(n)))
def f(n: U8) -> U8:
    return 0

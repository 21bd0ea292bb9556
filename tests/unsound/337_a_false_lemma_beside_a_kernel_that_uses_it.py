# A false lemma beside a kernel that uses it.
# expect: postcondition at line 12
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.types import U8


@lemma("T1")
@ensure(lambda n: n < 3)
def small(n: int) -> bool:
    return True


@kernel()
@ensure(lambda n, result: n < 3)
def f(n: U8) -> U8:
    assert small(n)
    return 0

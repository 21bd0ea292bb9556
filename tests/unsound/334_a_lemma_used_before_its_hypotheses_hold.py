# A lemma used before its hypotheses hold.
# expect: precondition at line 21
# witness: f(0)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.types import U8


@lemma("T1")
@require(lambda n: n > 0)
@ensure(lambda n: n >= 1)
def positive(n: int) -> bool:
    return True


@kernel()
@ensure(lambda n, result: n >= 1)
def f(n: U8) -> U8:
    assert positive(n)
    return 0

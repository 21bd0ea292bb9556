# A lemma about shifts by every amount.
# expect: postcondition at line 12
# witness: f(70)
from __future__ import annotations

from icontract import ensure, require
from veriquant_spec.markers import lemma


@lemma("T1")
@require(lambda n: 0 <= n <= 200)
@ensure(lambda n: n <= 64 or 1 << n == 0)
def f(n: int) -> bool:
    return True

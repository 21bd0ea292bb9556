# A shift in a lemma by a negative amount.
# expect: shift check at line 11
# witness: f(-1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import lemma


@lemma("T1")
@ensure(lambda n: 1 << n == 1 << n)
def f(n: int) -> bool:
    return True

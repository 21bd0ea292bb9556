from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import lemma


@lemma("T1")
@ensure(lambda n: n == 42)
def g(n: int) -> bool:
    return True

# Lemmas that prove each other.
# expect: f leads back to g: recursion
# witness: f(4)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import lemma


@lemma("T1")
@ensure(lambda n: n == 42)
def f(n: int) -> bool:
    assert g(n)
    return True


@lemma("T1")
@ensure(lambda n: n == 42)
def g(n: int) -> bool:
    assert f(n)
    return True

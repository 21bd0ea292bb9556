# A lemma imported as a kernel's mark.
# expect: the module's `kernel` may change
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.markers import logic as kernel


@kernel
@ensure(lambda n, result: result == n + 1)
def g(n: int) -> int:
    return n


@lemma("T1")
@ensure(lambda n: g(n) == n + 1)
def f(n: int) -> bool:
    return True

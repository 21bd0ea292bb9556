# A false lemma in another module.
# expect: assumed: facts.g
# witness: f(3)
from __future__ import annotations

from facts import g
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: n == 42)
def f(n: U8) -> U8:
    assert g(n)
    return 0

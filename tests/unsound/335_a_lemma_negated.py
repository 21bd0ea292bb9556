# A lemma negated.
# expect: lemma `square` is used by `assert square(...)` alone
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.types import U8


@lemma("T1")
@ensure(lambda n: n * n >= 0)
def square(n: int) -> bool:
    return True


@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8) -> U8:
    assert not square(n)
    return 5

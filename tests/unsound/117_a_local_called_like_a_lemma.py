# A local called like a lemma.
# expect: local variable `square`
# witness: f(5, 5)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.types import U8


@lemma("T1")
@ensure(lambda n: n * n >= 0)
def square(n: int) -> bool:
    return True


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8, square: U8) -> U8:
    assert square(n)
    return n

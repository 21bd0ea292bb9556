# A lemma that returns false.
# expect: a lemma returns True
# witness: f(1)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel, lemma
from veriquant_spec.types import U8


@lemma("T1")
@ensure(lambda n: n * n >= 0)
def square(n: int) -> bool:
    return False


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    assert square(n)
    return n

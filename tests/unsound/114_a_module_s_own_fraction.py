# A module's own Fraction.
# expect: another `Fraction`
# witness: f(3)
from __future__ import annotations

from fractions import Fraction

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U7, U8


@kernel()
@ensure(lambda n, result: result == n + 1)
def successor(n: U7) -> U8:
    return n + 1


globals()["Fraction"] = successor


@kernel()
@ensure(lambda n, result: result == Fraction(n))
def f(n: U7) -> U8:
    return n

# A contract of three thousand conditions in one another.
# expect: postcondition at line 11
from __future__ import annotations
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated
from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel, lemma, logic, variant
from veriquant_spec.types import FIX512, I8, I32, I64, U3, U4, U7, U8, Fix, Range
@kernel()
@ensure(lambda n, result: n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (n == 1 or (n == 0 and (result == 1)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
def f(n: U8) -> U8:
    return 0

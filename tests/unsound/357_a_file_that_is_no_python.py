# A file that is no Python.
# expect: cannot parse: expected ':'
from __future__ import annotations
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated
from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel, lemma, logic, variant
from veriquant_spec.types import FIX512, I8, I32, I64, U3, U4, U7, U8, Fix, Range
def f(n: U8) -> U8
    return n

# A file without kernels.
# expect: no function is marked with @kernel or @lemma
from __future__ import annotations

from veriquant_spec.types import U8


def f(n: U8) -> U8:
    return n

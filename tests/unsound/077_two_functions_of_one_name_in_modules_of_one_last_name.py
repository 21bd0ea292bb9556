# Two functions of one name in modules of one last name.
# expect: postcondition at line 22
# witness: f([5])
from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U8


@logic
def dot(a: Sequence[int], q: Sequence[int], zero: int, n: int) -> int:
    return dot(a, q, zero, n - 1) + 1 if n > 0 else 0


@kernel()
@require(lambda a: len(a) == 1)
@require(lambda a: spec_dot(a, a, 0, 1) == spec_dot(a, a, 0, 1))
@require(lambda a: dot(a, a, 0, 1) == dot(a, a, 0, 1))
@ensure(lambda a, result: a[0] == 1)
def f(a: Sequence[U8]) -> U8:
    return 0


from veriquant_spec.matmul import dot as spec_dot

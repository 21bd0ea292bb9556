"""Kernels with constructs that the product's own do not use; their bodies are run in Ada."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from icontract import ensure, require

from veriquant_spec.markers import invariant, kernel, variant
from veriquant_spec.types import FIX512, I8, I64, Range

Small = Annotated[int, Range(-1000, 1000)]
Positive = Annotated[int, Range(1, 1000)]
Amount = Annotated[int, Range(0, 40)]
Wide = Annotated[int, Range(-(2**200), 2**200)]
Wider = Annotated[int, Range(-(2**300), 2**300)]


@kernel("X")
@ensure(lambda a, b, result: result[0] * b + result[1] == a)
@ensure(lambda a, b, result: result[0] == a // b and result[1] == a % b)
def floors(a: Small, b: Positive) -> tuple[Small, Small]:
    return a // b, a % b


@kernel("X")
@ensure(lambda a, b, result: result[0] * -b + result[1] == a)
def negative_divisor(a: Small, b: Positive) -> tuple[Small, Small]:
    return a // -b, a % -b


@kernel("X")
@ensure(lambda a, b, result: result[0] == a & b)
def bits(a: Small, b: Small) -> tuple[I64, I64, I64]:
    return a & b, a | b, a ^ b


@kernel("X")
@ensure(lambda a, n, result: result[0] == a >> n)
def shifts(a: Small, n: Amount) -> tuple[I64, I64]:
    return a >> n, a << n


@kernel("X", word=FIX512)
@ensure(lambda a, b, result: result[0] * b + result[1] == a)
def wide(a: Wide, b: Positive, n: Amount) -> tuple[Wide, Wide, Wider]:
    return a // b, a % b, (a >> n) + (a << 2)


@kernel("X")
@ensure(lambda a, b, c, result: result[0] <= a and result[0] <= b and result[0] <= c)
def extremes(a: Small, b: Small, c: Small) -> tuple[Small, Small, Small]:
    return min(a, b, c), max(a, b, c), abs(a) if a < b <= c else -a


@kernel("X")
@ensure(lambda a, b, result: result[0] == b and result[1] == a)
def swap(a: Small, b: Small) -> tuple[Small, Small]:
    c: Small = a
    d: Small = b
    c, d = d, c
    return c, d


@kernel("X")
@ensure(lambda n, result: result * result <= n)
@ensure(lambda n, result: (result + 1) * (result + 1) > n)
def root(n: Annotated[int, Range(0, 10000)]) -> Annotated[int, Range(0, 100)]:
    r: I64 = 0
    while (r + 1) * (r + 1) <= n:
        assert invariant(r >= 0, r * r <= n)
        assert variant(n - r)
        r = r + 1
    return r


@kernel("X")
@require(lambda x: len(x) <= 2**48)
@ensure(lambda x, result: result == any(x[i] == 0 for i in range(len(x))))
def has_zero(x: Sequence[I8]) -> bool:
    found: bool = False
    for i in range(len(x)):
        assert invariant(found == any(x[j] == 0 for j in range(i)))
        if x[i] == 0:
            found = True
    return found


@kernel("X")
@ensure(lambda N, n, result: result <= N or result <= n or result == 2 or n == 3)
def early(N: Small, n: Small, type: Small) -> Small:
    if n < N:
        return n
    elif n == 3:
        return type
    return 2


@kernel("X")
@ensure(lambda Result_0, begin, result: result[0] == begin and result[1] == Result_0)
def names(Result_0: Small, begin: Small) -> tuple[Small, Small]:
    return begin, Result_0


@kernel("X", theory="bv")
@ensure(lambda a, result: result & 1 == a >> 63 & 1)
@ensure(lambda a, result: result < 2**70)
def top(a: Annotated[int, Range(0, 2**63 - 1)]) -> Annotated[int, Range(0, 1)]:
    return (a >> 62) & 2 & 1

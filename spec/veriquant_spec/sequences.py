"""Sum, minimum and maximum of a sequence: what `sum(x)`, `min(x)` and `max(x)` mean in a kernel.

The verifier reads each of these built-in functions as a call of the kernel below, so that its
contract is proved like any other.
"""

from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require

from veriquant_spec.markers import invariant, kernel, lemma, logic
from veriquant_spec.types import I64


@logic
@require(lambda x, n: n <= len(x))
def total(x: Sequence[int], n: int) -> int:
    """`sum(x[i] for i < n)`."""
    return total(x, n - 1) + x[n - 1] if n > 0 else 0


@kernel()
@require(lambda x: len(x) <= 2**48)
@require(lambda x: all(total(x, i) >= -(2**63) and total(x, i) < 2**63 for i in range(len(x) + 1)))
@ensure(lambda x, result: result == total(x, len(x)))
def sequence_sum(x: Sequence[I64]) -> I64:
    """The sum of a sequence whose partial sums fit the machine word (see `total_within`)."""
    acc: I64 = 0
    for i in range(len(x)):
        assert invariant(acc == total(x, i))
        assert total(x, i + 1) == total(x, i) + x[i]
        acc = acc + x[i]
    return acc


@kernel()
@require(lambda x: len(x) > 0 and len(x) <= 2**48)
@ensure(lambda x, result: all(result <= x[i] for i in range(len(x))))
@ensure(lambda x, result: any(result == x[i] for i in range(len(x))))
def sequence_min(x: Sequence[I64]) -> I64:
    """The least element of a sequence that is not empty."""
    least: I64 = x[0]
    for i in range(len(x)):
        assert invariant(
            all(least <= x[j] for j in range(i)),
            any(least == x[j] for j in range(len(x))),
        )
        least = min(least, x[i])
    return least


@kernel()
@require(lambda x: len(x) > 0 and len(x) <= 2**48)
@ensure(lambda x, result: all(x[i] <= result for i in range(len(x))))
@ensure(lambda x, result: any(result == x[i] for i in range(len(x))))
def sequence_max(x: Sequence[I64]) -> I64:
    """The greatest element of a sequence that is not empty."""
    greatest: I64 = x[0]
    for i in range(len(x)):
        assert invariant(
            all(x[j] <= greatest for j in range(i)),
            any(greatest == x[j] for j in range(len(x))),
        )
        greatest = max(greatest, x[i])
    return greatest


@lemma("T2")
@require(lambda x, n: n >= 0 and n <= len(x))
@require(lambda low, high: low <= 0 and high >= 0)
@require(lambda x, low, high: all(low <= x[i] and x[i] <= high for i in range(len(x))))
@ensure(lambda x, low, high, n: low * n <= total(x, n) and total(x, n) <= high * n)
def total_within(x: Sequence[int], low: int, high: int, n: int) -> bool:
    """Partial sums of elements in `low..high` lie in `n * low .. n * high`."""
    for i in range(n):
        assert invariant(low * i <= total(x, i) and total(x, i) <= high * i)
        assert total(x, i + 1) == total(x, i) + x[i]
        assert low * (i + 1) == low * i + low and high * (i + 1) == high * i + high
    return True

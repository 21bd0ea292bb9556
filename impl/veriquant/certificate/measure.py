"""Exact measures of a quantized tensor against its source: what a certificate states.

Every number here is exact or a proved upper bound, never an estimate:

* `|w' - w| / s` is compared as the exact fraction it is. `w'`, `w` and `s` are exact in float64;
  their difference almost always is, and where it is not (TwoSum tells) the channel is measured
  again in rationals.
* Sums of squares are rounded upwards: a float64 sum of n non-negative terms is at least
  `1 - n * 2**-53` of the exact one, so a factor of `1 + (n + 4) * 2**-52` covers it and its terms.
* Sums of `|q - z|` are integers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numba
import numpy as np
import numpy.typing as npt

from veriquant.fast.dequant import dequantize
from veriquant.fast.threads import run_rows
from veriquant.layout import StoredTensor

#: Largest magnitude of an int8 activation (T2).
MAX_ACTIVATION = 128
INT32_MAX = 2**31 - 1

#: Output channels are measured in blocks of about this many weights, to bound peak memory.
BLOCK_WEIGHTS = 1 << 20

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one tensor.

    max_ratio          exact maximum of `|w' - w| / s` over all weights
    at                 `(output channel, input channel)` of the first weight that attains it
    error              upper bound of the Frobenius norm of `w' - w`, tight to 1e-9
    bound              upper bound of `max(max_ratio, 1/2) * sqrt(sum s**2)` (T1n), tight likewise
    norm               Frobenius norm of `w` (float64, for relative errors only)
    worst_channel      output channel with the largest error norm, and that norm (rounded up)
    column_wide/narrow largest `128 * sum |q - z|` of an output channel (T2c)
    step_wide/narrow   largest `|q - z|`
    """

    max_ratio: Fraction
    at: tuple[int, int]
    error: float
    bound: float
    norm: float
    worst_channel: int
    worst_error: float
    column_wide: int
    column_narrow: int
    step_wide: int
    step_narrow: int

    @property
    def int32_safe(self) -> bool:
        """Whether no int32 accumulator of any column can overflow (T2c)."""
        return max(self.column_wide, self.column_narrow) <= INT32_MAX

    @property
    def safe_length(self) -> int:
        """Largest activation length whose int32 accumulators cannot overflow (T2, T2c).

        Any `L` input channels, half of them wide, with steps up to this tensor's largest. Longer
        inputs must be split.
        """
        halves = (
            INT32_MAX // (MAX_ACTIVATION * step)
            for step in (self.step_wide, self.step_narrow)
            if step
        )
        return 2 * min(halves, default=INT32_MAX // 2)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _product(a: float, b: float) -> tuple[float, float]:
    """`a * b` as an exact sum of two floats (Dekker), for magnitudes far from overflow."""
    splitter = 134217729.0  # 2**27 + 1 halves a 53-bit significand (Veltkamp)
    p = a * b
    t = splitter * a
    a_high = t - (t - a)
    a_low = a - a_high
    t = splitter * b
    b_high = t - (t - b)
    b_low = b - b_high
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _measure_rows(
    w: npt.NDArray[np.float32],
    restored: npt.NDArray[np.float32],
    steps: F64,
    half: npt.NDArray[np.uint8],
    group: npt.NDArray[np.int32],
    out: F64,
    start: int,
    stop: int,
) -> None:
    """Measure rows `start..stop` of `w [R, K]`.

    `out[r]` becomes the largest `|w' - w| / s`, as `|d|`, `s` and `k`, then `sum d**2`,
    `sum w**2`, the sum of `|q - z|` (wide, narrow), the largest (wide, narrow), 1 if inexact.

    `steps [R, G, 2]` are the grid steps; input channel `k` lies in `half[k]`, `group[k]`.
    """
    for r in range(start, stop):
        best_d, best_s, best_k = -1.0, 1.0, 0
        inverse = 1.0 / steps[r]
        squares = 0.0
        norm = 0.0
        distance = np.zeros(2)
        largest = np.zeros(2)
        inexact = 0.0
        for k in range(w.shape[1]):
            a = np.float64(restored[r, k])
            b = np.float64(w[r, k])
            s = steps[r, group[k], half[k]]
            d = a - b
            # TwoSum of a and -b: what the subtraction lost.
            part = d - a
            if (a - (d - part)) + (-b - part) != 0.0:
                inexact = 1.0
            d = abs(d)
            squares += d * d
            norm += b * b
            # |q - z|, an integer up to 15: the product is within 2**-50 of it.
            count = np.rint(abs(a) * inverse[group[k], half[k]])
            distance[half[k]] += count
            largest[half[k]] = max(largest[half[k]], count)
            # Is d / s > best_d / best_s? Rounding is monotonic: products that differ after rounding
            # differ so before; where they do not, what rounding took away decides.
            p = d * best_s
            q = best_d * s
            if p < q:
                continue
            if p == q:
                p, e = _product(d, best_s)
                q, f = _product(best_d, s)
                if e <= f:
                    continue
            best_d, best_s, best_k = d, s, k
        out[r, 0] = best_d
        out[r, 1] = best_s
        out[r, 2] = best_k
        out[r, 3] = squares
        out[r, 4] = norm
        out[r, 5] = distance[0]
        out[r, 6] = distance[1]
        out[r, 7] = largest[0]
        out[r, 8] = largest[1]
        out[r, 9] = inexact


def grid_steps(tensor: StoredTensor, rows: slice) -> F64:
    """`s = k * S` of output channels `rows`, `[R, G, 2]`, exact in float64 (19 bits)."""
    scales = tensor.scales[rows].astype(np.float64)
    return scales[:, None, :] * tensor.group_scales[rows]


def channel_places(
    tensor: StoredTensor,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Half (0 wide, 1 narrow) and group of every input channel."""
    pairs, k = tensor.pairs, tensor.shape[1]
    half = np.zeros(2 * pairs, dtype=np.uint8)
    group = np.zeros(2 * pairs, dtype=np.int32)
    position = np.arange(2 * pairs)
    half[tensor.perm] = position >= pairs
    group[tensor.perm] = position % pairs // (tensor.group_size or pairs)
    return half[:k], group[:k]


def row_blocks(shape: tuple[int, int]) -> Iterator[slice]:
    """Slices of output channels of about BLOCK_WEIGHTS weights each."""
    rows = max(1, BLOCK_WEIGHTS // max(1, shape[1]))
    for start in range(0, shape[0], rows):
        yield slice(start, min(start + rows, shape[0]))


def sum_up(terms: F64, relative: float) -> float:
    """Upper bound of a sum of non-negative floats, each too small by at most `relative`."""
    return math.fsum(terms) * (1 + relative + 2.0**-51)  # fsum, the product: 2**-53 each


def root_up(square: float) -> float:
    """Upper bound of a square root; exact at zero."""
    return math.nextafter(math.sqrt(square), math.inf) if square else 0.0


def measure(w: npt.NDArray[np.float32], tensor: StoredTensor) -> Measures:
    """Measures of `tensor` against its source `w [N, K]` (float32, finite)."""
    n, k = tensor.shape
    half, group = channel_places(tensor)
    rows_out = np.empty((n, 10))
    step_squares = []
    counts = np.zeros((tensor.groups, 2))
    np.add.at(counts, (group, half), 1.0)  # the zero channel of an odd K carries no error
    best: tuple[Fraction, int, int] = (Fraction(-1), 0, 0)
    for rows in row_blocks(tensor.shape):
        restored = dequantize(tensor, rows=rows)
        steps = grid_steps(tensor, rows)
        source = np.ascontiguousarray(w[rows])
        found = rows_out[rows]
        run_rows(
            len(source), source.size,
            partial(_measure_rows, source, restored, steps, half, group, found),
        )  # fmt: skip
        step_squares.append(math.fsum((steps * steps * counts).ravel()))
        best = _better(best, source, restored, steps, half, group, found, rows.start)
    # Four times what the sums can lose, so that a checker that sums in another order, and rounds
    # its own sum up, still finds the stated bound at or above it.
    relative = (k + 16) * 2.0**-50
    squares = sum_up(rows_out[:, 3], relative)
    span = sum_up(np.array(step_squares), relative)
    worst = int(np.argmax(rows_out[:, 3]))
    factor = max(best[0], Fraction(1, 2))
    return Measures(
        max_ratio=best[0],
        at=(best[1], best[2]),
        error=root_up(squares),
        bound=root_up(span) * float(factor) * (1 + 2.0**-49),
        norm=math.sqrt(math.fsum(rows_out[:, 4])),
        worst_channel=worst,
        worst_error=root_up(sum_up(rows_out[worst : worst + 1, 3], relative)),
        column_wide=MAX_ACTIVATION * int(rows_out[:, 5].max()),
        column_narrow=MAX_ACTIVATION * int(rows_out[:, 6].max()),
        step_wide=int(rows_out[:, 7].max()),
        step_narrow=int(rows_out[:, 8].max()),
    )


def _better(
    best: tuple[Fraction, int, int],
    w: npt.NDArray[np.float32],
    restored: npt.NDArray[np.float32],
    steps: F64,
    half: npt.NDArray[np.uint8],
    group: npt.NDArray[np.int32],
    found: F64,
    start: int,
) -> tuple[Fraction, int, int]:
    """The larger of `best` and the exact maximum of a block; the earlier one of equals."""
    ratios = found[:, 0] / found[:, 1]
    # Division rounds monotonically: only rows that reach the largest quotient can hold the maximum.
    for r in np.flatnonzero(ratios == ratios.max()):
        if not found[r, 9]:
            ratio = Fraction(found[r, 0]) / Fraction(found[r, 1])
            if ratio > best[0]:
                best = (ratio, start + int(r), int(found[r, 2]))
    for r in np.flatnonzero(found[:, 9]):  # rows where a difference did not fit float64
        s = steps[r, group, half]
        rough = np.abs(restored[r].astype(np.float64) - w[r]) / s
        for k in np.flatnonzero(rough >= rough.max() * (1 - 2.0**-40)):
            ratio = abs(Fraction(float(restored[r, k])) - Fraction(float(w[r, k]))) / Fraction(s[k])
            if (ratio, -(start + int(r)), -int(k)) > (best[0], -best[1], -best[2]):
                best = (ratio, start + int(r), int(k))
    return best

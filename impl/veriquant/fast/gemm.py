"""Products of int8 activations with packed weights; the weights are never materialised.

Per output channel and group the integer `sum a * (q - z)` is taken as `sum a * q - z * sum a`. Both
sums are int32 over segments of at most `SEGMENT` pairs, which T2 proves safe in any order; segments
and groups are then added, times `k`, in int64. So the result is exact up to the last step,

    y = t * (S_wide * sum_g k_g wide_g + S_narrow * sum_g k_g narrow_g)

which is done once per output in float64: two products, a sum and a product, then float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.fast.compiled import driver
from veriquant.fast.grid import group_pairs
from veriquant.fast.pack import (
    BLOCK_PAIRS,
    readonly,
    readonly_words,
    unpack_narrow,
    unpack_row,
    unpack_wide,
)
from veriquant.fast.threads import run_rows
from veriquant.tensor import QuantizedTensor
from veriquant_spec.types import MAX_K

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
F32 = npt.NDArray[np.float32]

#: Pairs that one int32 accumulator takes: half of the largest reduction T2 is stated for. Longer
#: ones are split, so any `K` is safe.
SEGMENT = MAX_K // 2
#: `128 * 15 * pairs <= 2**31 - 1`: the longest group whose accumulator `matmul_int` can return.
LONGEST_GROUP = (2**31 - 1) // (128 * 15)


def matmul(tensor: QuantizedTensor, x: Any) -> F32:
    """See `QuantizedTensor.matmul`."""
    from veriquant.arrays import as_array

    x = as_array(x)
    if x.ndim not in (1, 2) or x.shape[-1] != tensor.shape[1]:
        raise QuantizationError(
            f"activations must be [M, {tensor.shape[1]}] or [{tensor.shape[1]}]",
            value=f"shape {list(x.shape)}", remedy="give one row per sample, K values each",
        )  # fmt: skip
    rows = x.reshape(-1, tensor.shape[1])
    if x.dtype == np.int8:
        a, scales = rows, np.ones(len(rows))
    else:
        a, scales = quantize_activations(rows)
    y = gemm(tensor, a, scales)
    return y if x.ndim == 2 else y[0]


def quantize_activations(x: npt.NDArray[Any]) -> tuple[I8, npt.NDArray[np.float64]]:
    """Rows of `x [M, K]` as int8 `a = rne(x / t)` and `t = max|x| / 127` (float64 `[M]`).

    A row of zeros has `t = 1`. Raises QuantizationError at the first NaN or infinity.
    """
    x = np.asarray(x, np.float64)
    finite = np.isfinite(x)
    if not finite.all():
        row, channel = (int(i[0]) for i in np.nonzero(~finite))
        raise QuantizationError(
            "activations must be finite", position=f"row {row}, channel {channel}",
            value=x[row, channel], remedy="find the layer that makes it; int8 cannot hold it",
        )  # fmt: skip
    most = np.abs(x).max(axis=1, initial=0.0)
    scales = np.where(most > 0, most / 127, 1.0)
    a = np.clip(np.rint(x / scales[:, None]), -127, 127).astype(np.int8)
    return a, scales


def gemv(tensor: QuantizedTensor, a: I8, a_scale: float = 1.0) -> F32:
    """`a_scale * (w' @ a)`: int8 activations `a [K]` -> float32 `[N]`."""
    return gemm(tensor, a.reshape(1, -1), np.array([a_scale], np.float64))[0]


def gemm(tensor: QuantizedTensor, a: I8, a_scales: npt.NDArray[Any] | float = 1.0) -> F32:
    """`a_scales[:, None] * (a @ w'.T)`: int8 activations `a [M, K]` -> float32 `[M, N]`."""
    wide, narrow = _ordered(tensor, a)
    t = np.ascontiguousarray(np.broadcast_to(np.asarray(a_scales, np.float64), (len(a),)))
    out = np.empty((len(a), tensor.shape[0]), np.float32)
    parts, size = _parts(tensor), group_pairs(tensor.pairs, tensor.group_size)
    units = readonly(tensor.scales.astype(np.float64))
    t = readonly(t)
    run_rows(
        tensor.shape[0], tensor.shape[0] * tensor.shape[1] * max(1, len(a)),
        lambda i, j: _gemm(*parts, units, size, wide, narrow, t, out, i, j),
    )  # fmt: skip
    return out


def matmul_int(tensor: QuantizedTensor, a: I8) -> I32:
    """Accumulators of every group, int32 `[M, N, G, 2]` (wide, narrow): `sum a * (q - z)`.

    Raises QuantizationError for groups of more than 1,118,481 pairs, which int32 may not hold.
    """
    size = group_pairs(tensor.pairs, tensor.group_size)
    if size > LONGEST_GROUP:
        raise QuantizationError(
            f"an int32 accumulator is safe for at most {LONGEST_GROUP} pairs a group", value=size,
            remedy="quantize with a group size, or use gemm, which splits the sum",
        )  # fmt: skip
    wide, narrow = _ordered(tensor, a)
    out = np.empty((len(a), tensor.shape[0], tensor.groups, 2), np.int32)
    parts = _parts(tensor)
    run_rows(
        tensor.shape[0], tensor.shape[0] * tensor.shape[1] * max(1, len(a)),
        lambda i, j: _group_dots(*parts, size, wide, narrow, out, i, j),
    )  # fmt: skip
    return out


def _parts(tensor: QuantizedTensor) -> tuple[Any, ...]:
    packed = readonly(tensor.packed)
    return packed, readonly_words(packed), readonly(tensor.group_scales), readonly(tensor.zeros)


def _ordered(tensor: QuantizedTensor, a: I8) -> tuple[I8, I8]:
    """Activations in channel order, wide and narrow half `[M, P]`; the channel of padding is 0."""
    if a.dtype != np.int8 or a.ndim != 2 or a.shape[1] != tensor.shape[1]:
        raise QuantizationError(
            f"integer activations must be int8 [M, {tensor.shape[1]}]",
            value=f"{a.dtype} {list(a.shape)}", remedy="use matmul for float activations",
        )  # fmt: skip
    if tensor.shape[1] % 2:
        a = np.pad(a, ((0, 0), (0, 1)))
    pairs = tensor.pairs
    return readonly(a[:, tensor.perm[:pairs]]), readonly(a[:, tensor.perm[pairs:]])


@driver
def _segment_dots(lanes: Any, wide: I8, narrow: I8, first: int, last: int) -> Any:
    """int32 `sum a * q` and `sum a` of pairs `first..last`, at most SEGMENT of them (T2)."""
    dot_wide = np.int32(0)
    dot_narrow = np.int32(0)
    sum_wide = np.int32(0)
    sum_narrow = np.int32(0)
    for i in range(first, last):
        p = lanes[i]
        a = np.int32(wide[i])
        b = np.int32(narrow[i])
        dot_wide = np.int32(dot_wide + np.int32(a * np.int32(unpack_wide(p))))
        dot_narrow = np.int32(dot_narrow + np.int32(b * np.int32(unpack_narrow(p))))
        sum_wide = np.int32(sum_wide + a)
        sum_narrow = np.int32(sum_narrow + b)
    return dot_wide, dot_narrow, sum_wide, sum_narrow


@driver
def _group_dot(lanes: Any, zero: int, wide: I8, narrow: I8, first: int, last: int) -> Any:
    """int64 `sum a * (q - z)` of a group, both halves, in segments."""
    total_wide = 0
    total_narrow = 0
    zero_wide = unpack_wide(zero)
    zero_narrow = unpack_narrow(zero)
    for start in range(first, last, SEGMENT):
        dots = _segment_dots(lanes, wide, narrow, start, min(start + SEGMENT, last))
        total_wide += np.int64(dots[0]) - zero_wide * np.int64(dots[2])
        total_narrow += np.int64(dots[1]) - zero_narrow * np.int64(dots[3])
    return total_wide, total_narrow


@driver
def _group_dots(
    packed: Any, words: Any, factors: Any, zeros: Any, size: int, wide: I8, narrow: I8, out: I32,
    start: int, stop: int,
) -> None:  # fmt: skip
    pairs = wide.shape[1]
    lane_words = np.zeros((pairs + BLOCK_PAIRS - 1) // BLOCK_PAIRS, np.int64)
    lanes = lane_words.view(np.uint8)
    for r in range(start, stop):
        unpack_row(packed[r], words[r], lanes, lane_words)
        for m in range(wide.shape[0]):
            for g in range(zeros.shape[1]):
                first = g * size
                last = min(first + size, pairs)
                dots = _group_dot(lanes, zeros[r, g], wide[m], narrow[m], first, last)
                out[m, r, g, 0] = dots[0]
                out[m, r, g, 1] = dots[1]


@driver
def _gemm(
    packed: Any, words: Any, factors: Any, zeros: Any, units: Any, size: int, wide: I8, narrow: I8,
    t: Any, out: F32, start: int, stop: int,
) -> None:  # fmt: skip
    pairs = wide.shape[1]
    lane_words = np.zeros((pairs + BLOCK_PAIRS - 1) // BLOCK_PAIRS, np.int64)
    lanes = lane_words.view(np.uint8)
    for r in range(start, stop):
        unpack_row(packed[r], words[r], lanes, lane_words)
        for m in range(wide.shape[0]):
            total_wide = 0
            total_narrow = 0
            for g in range(zeros.shape[1]):
                first = g * size
                last = min(first + size, pairs)
                dots = _group_dot(lanes, zeros[r, g], wide[m], narrow[m], first, last)
                total_wide += np.int64(factors[r, g, 0]) * dots[0]
                total_narrow += np.int64(factors[r, g, 1]) * dots[1]
            y = units[r, 0] * np.float64(total_wide) + units[r, 1] * np.float64(total_narrow)
            out[m, r] = np.float32(t[m] * y)

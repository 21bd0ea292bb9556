"""Codes back to weights: `w' = (q - z) * k * S`, exact in float32 (theorem T5)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.fast.compiled import driver, kernel
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
from veriquant.layout import LARGEST_SCALE, StoredTensor
from veriquant.narrowing import float_type, narrow

U8 = npt.NDArray[np.uint8]
I32 = npt.NDArray[np.int32]
F32 = npt.NDArray[np.float32]

dequantize_steps = kernel("grid", "dequantize_steps")


def dequantize(
    tensor: StoredTensor,
    dtype: npt.DTypeLike = np.float32,
    rows: slice = slice(None),
    out: npt.NDArray[Any] | None = None,
) -> npt.NDArray[Any]:
    """The weights `[N, K]` of `tensor`, or of its output channels `rows` (step 1).

    float32 (and float64) hold every value exactly; float16 and bfloat16 are rounded to nearest from
    there. `out`, if given, is a C-contiguous array of that shape and dtype to write to.

    Raises QuantizationError for other dtypes, and where a weight exceeds what `dtype` can hold.
    """
    first, last, step = rows.indices(tensor.shape[0])
    if step != 1:
        raise ValueError(f"rows must be consecutive, got step {step}")
    count, channels = max(0, last - first), tensor.shape[1]
    part = slice(first, first + count)
    dtype = float_type(dtype)
    direct = out is not None and dtype == np.float32
    if out is not None and not (
        out.shape == (count, channels) and out.dtype == dtype and out.flags.c_contiguous
    ):
        raise ValueError(f"out must be C-contiguous {dtype} [{count}, {channels}]")
    values: F32 = out if direct and out is not None else np.empty((count, channels), np.float32)
    packed = readonly(tensor.packed[part])
    words = readonly_words(packed)
    units = readonly(tensor.scales[part].astype(np.float32))
    factors, zeros = readonly(tensor.group_scales[part]), readonly(tensor.zeros[part])
    places = np.empty(len(tensor.perm), np.uint32)  # inverse of perm
    places[tensor.perm] = np.arange(len(tensor.perm), dtype=np.uint32)
    places = readonly(places[:channels])
    wide = readonly(places < tensor.pairs)
    size = group_pairs(tensor.pairs, tensor.group_size)
    run_rows(
        count, values.size,
        lambda i, j: _dequantize(
            packed, words, units, factors, zeros, places, wide, size, tensor.pairs, values, i, j
        ),
    )  # fmt: skip
    # No grid of `quantize` reaches that far, but one that was read from a file may.
    if float(tensor.scales.max(initial=0)) > LARGEST_SCALE and not np.isfinite(values).all():
        row, column = (int(i[0]) for i in np.nonzero(~np.isfinite(values)))
        raise QuantizationError(
            "the weight exceeds the largest float32",
            position=f"output channel {first + row}, input channel {column}",
            remedy="quantize the source again",
        )
    if dtype == np.float32:
        return values
    return narrow(values, dtype, first=first, out=out)[0]


@driver
def _dequantize(
    packed: U8, words: Any, units: F32, factors: U8, zeros: U8, places: Any, wide: Any, size: int,
    pairs: int, out: F32, start: int, stop: int,
) -> None:  # fmt: skip
    """Two output channels at a time, because most of the work is to undo the permutation."""
    blocks = (pairs + BLOCK_PAIRS - 1) // BLOCK_PAIRS
    words_low, words_high = np.zeros(blocks, np.int64), np.zeros(blocks, np.int64)
    lanes_low, lanes_high = words_low.view(np.uint8), words_high.view(np.uint8)
    ordered = np.empty(2 * pairs, np.int32)
    steps = np.empty(len(places), np.int32)
    for low in range(start, stop, 2):
        high = min(low + 1, stop - 1)  # an odd last channel is done twice
        unpack_row(packed, words, low, words_low)
        unpack_row(packed, words, high, words_high)
        _both_steps(lanes_low, lanes_high, factors, zeros, low, high, size, pairs, ordered)
        for c in range(len(places)):
            steps[c] = ordered[places[c]]
        unit_wide, unit_narrow = units[low, 0], units[low, 1]
        for c in range(len(places)):
            value = np.float32(np.int16(steps[c]))
            out[low, c] = value * unit_wide if wide[c] else value * unit_narrow
        unit_wide, unit_narrow = units[high, 0], units[high, 1]
        for c in range(len(places)):
            value = np.float32(steps[c] >> np.int32(16))
            out[high, c] = value * unit_wide if wide[c] else value * unit_narrow


@driver
def _both_steps(
    lanes_low: U8, lanes_high: U8, factors: U8, zeros: U8, low: int, high: int, size: int,
    pairs: int, ordered: I32,
) -> None:  # fmt: skip
    """`(q - z) * k` of two output channels, in channel order: `low` in 16 bits, `high` above.

    At most 15 * 255 in magnitude, so 16 bits hold it.
    """
    for g in range(factors.shape[1]):
        first = g * size
        last = min(first + size, pairs)
        zero, other_zero = unpack_wide(zeros[low, g]), unpack_wide(zeros[high, g])
        k, other_k = factors[low, g, 0], factors[high, g, 0]
        for i in range(first, last):
            j = np.uintp(i)
            ordered[j] = _join(
                dequantize_steps(unpack_wide(lanes_low[j]), zero, k),
                dequantize_steps(unpack_wide(lanes_high[j]), other_zero, other_k),
            )
        zero, other_zero = unpack_narrow(zeros[low, g]), unpack_narrow(zeros[high, g])
        k, other_k = factors[low, g, 1], factors[high, g, 1]
        for i in range(first, last):
            j = np.uintp(i)
            ordered[np.uintp(pairs + i)] = _join(
                dequantize_steps(unpack_narrow(lanes_low[j]), zero, k),
                dequantize_steps(unpack_narrow(lanes_high[j]), other_zero, other_k),
            )


@driver
def _join(low: int, high: int) -> Any:
    """Two int16 as an int32."""
    return np.int32(low & 0xFFFF) | np.int32(np.int32(high) << np.int32(16))

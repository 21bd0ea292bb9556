"""Codes back to weights: `w' = (q - z) * k * S`, exact in float32 (theorem T5)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

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
from veriquant.tensor import QuantizedTensor

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

dequantize_steps = kernel("grid", "dequantize_steps")


def dequantize(
    tensor: QuantizedTensor,
    dtype: npt.DTypeLike = np.float32,
    rows: slice = slice(None),
    out: npt.NDArray[Any] | None = None,
) -> npt.NDArray[Any]:
    """The weights `[N, K]` of `tensor`, or of its output channels `rows` (step 1).

    float32 (and float64) hold every value exactly; other float dtypes are rounded to nearest from
    there. `out`, if given, is a C-contiguous array of that shape and dtype to write to.
    """
    first, last, step = rows.indices(tensor.shape[0])
    if step != 1:
        raise ValueError(f"rows must be consecutive, got step {step}")
    count, channels = max(0, last - first), tensor.shape[1]
    part = slice(first, first + count)
    dtype = np.dtype(dtype)
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
    size = group_pairs(tensor.pairs, tensor.group_size)
    run_rows(
        count, values.size,
        lambda i, j: _dequantize(
            packed, words, units, factors, zeros, places, size, tensor.pairs, values, i, j
        ),
    )  # fmt: skip
    if dtype == np.float32:
        return values
    if out is None:
        return values.astype(dtype)
    out[...] = values
    return out


@driver
def _dequantize(
    packed: U8, words: Any, units: F32, factors: U8, zeros: U8, places: Any, size: int, pairs: int,
    out: F32, start: int, stop: int,
) -> None:  # fmt: skip
    lane_words = np.zeros((pairs + BLOCK_PAIRS - 1) // BLOCK_PAIRS, np.int64)
    lanes = lane_words.view(np.uint8)
    values = np.empty(2 * pairs, np.float32)
    for r in range(start, stop):
        unpack_row(packed, words, r, lane_words)
        for g in range(factors.shape[1]):
            first = g * size
            last = min(first + size, pairs)
            zero = unpack_wide(zeros[r, g])
            k = factors[r, g, 0]
            unit = units[r, 0]
            for i in range(first, last):
                steps = dequantize_steps(unpack_wide(lanes[np.uintp(i)]), zero, k)
                values[np.uintp(i)] = np.float32(np.int32(steps)) * unit
            zero = unpack_narrow(zeros[r, g])
            k = factors[r, g, 1]
            unit = units[r, 1]
            for i in range(first, last):
                steps = dequantize_steps(unpack_narrow(lanes[np.uintp(i)]), zero, k)
                values[np.uintp(pairs + i)] = np.float32(np.int32(steps)) * unit
        for c in range(out.shape[1]):
            out[r, c] = values[places[c]]

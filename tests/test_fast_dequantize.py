"""Dequantized weights are the exact rationals `(q - z) k S` (T5)."""

from __future__ import annotations

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from veriquant.fast.dequant import dequantize
from veriquant.fast.grid import positive_floats
from veriquant.kernels.grid import dequantize as exact
from veriquant.layout import Grid
from veriquant.tensor import QuantizedTensor

RNG = np.random.default_rng(5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_every_code_zero_point_and_factor(dtype: str) -> None:
    """All (q, z, k) of both halves, with random scales: 4080 rows of 16 pairs."""
    zero, k = (m.ravel() for m in np.meshgrid(np.arange(16), np.arange(1, 256)))
    rows = len(zero)
    table = positive_floats(dtype)  # type: ignore[arg-type]
    table = table[table < 2.0**100]  # above, values may leave float32
    kind = np.float16 if dtype == "float16" else ml_dtypes.bfloat16
    scales = RNG.choice(table, (rows, 2)).astype(kind)
    scales[:3] = table[[0, 1, -1], None]  # the least subnormals, and the largest
    codes = np.tile(np.arange(16, dtype=np.uint8), (rows, 1))
    factors = np.stack([k, k], axis=-1).astype(np.uint8)[:, None]
    zeros_narrow = (zero % 8).astype(np.uint8)[:, None]
    grid = Grid(scales, factors, zero.astype(np.uint8)[:, None], zeros_narrow)
    perm = np.arange(32, dtype=np.uint32)
    tensor = QuantizedTensor.from_codes(codes, codes % 8, grid, perm, (rows, 32), 0, "rtn")
    found = dequantize(tensor)
    units = scales.astype(np.float64)
    steps = (
        np.concatenate(
            [codes - zero[:, None].astype(int), codes % 8 - (zero % 8)[:, None].astype(int)], axis=1
        )
        * k[:, None]
    )
    # Channels are done in pairs: from row 1 on each stands in the other place of its pair.
    np.testing.assert_array_equal(dequantize(tensor, rows=slice(1, rows)), found[1:])
    unit = np.repeat(units, 16, axis=1)
    # steps * unit is exact in float64 (12 + 11 bits), so equality here is equality of rationals.
    np.testing.assert_array_equal(found.astype(np.float64), steps * unit)
    for row in RNG.choice(rows, 20, replace=False):
        unit_fix = int(Fraction(float(units[row, 0])) * 2**149)
        for q in range(16):
            value = exact(q, int(zero[row]), int(k[row]), unit_fix)  # contracts on
            assert Fraction(float(found[row, q])) * 2**149 == value


@pytest.mark.parametrize(("channels", "group_size"), [(1, 0), (33, 4), (130, 64), (300, 0)])
def test_rows_types_and_outputs(channels: int, group_size: int) -> None:
    from veriquant import quantize

    w = RNG.standard_normal((9, channels), dtype=np.float32)
    tensor = quantize(w, group_size=group_size)
    whole = tensor.dequantize()
    assert whole.dtype == np.float32 and whole.shape == (9, channels)
    np.testing.assert_array_equal(dequantize(tensor, rows=slice(3, 7)), whole[3:7])
    assert dequantize(tensor, rows=slice(4, 4)).shape == (0, channels)
    np.testing.assert_array_equal(tensor.dequantize(np.float64), whole.astype(np.float64))
    np.testing.assert_array_equal(tensor.dequantize(np.float16), whole.astype(np.float16))
    for dtype in (np.float32, np.float64, ml_dtypes.bfloat16):
        out = np.empty((9, channels), dtype)
        assert dequantize(tensor, dtype, out=out) is out
        np.testing.assert_array_equal(out, whole.astype(dtype))
    with pytest.raises(ValueError, match="consecutive"):
        dequantize(tensor, rows=slice(0, 9, 2))
    with pytest.raises(ValueError, match="C-contiguous"):
        dequantize(tensor, out=np.empty((9, channels + 1), np.float32))

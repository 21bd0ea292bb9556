"""Vectorised paths over whole tensors, compiled from the verified kernels (design section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from veriquant.lazy import lazily

if TYPE_CHECKING:
    from veriquant.fast.dequant import dequantize
    from veriquant.fast.gemm import gemv, matmul, matmul_int
    from veriquant.fast.grid import (
        fit_rtn,
        quantize_codes,
        quantize_packed,
        rank_channels,
        salience_of,
    )
    from veriquant.fast.pack import pack_pairs, pack_rows, unpack_pairs, unpack_rows
    from veriquant.layout import Grid

__all__ = [
    "Grid",
    "dequantize",
    "fit_rtn",
    "gemv",
    "matmul",
    "matmul_int",
    "pack_pairs",
    "pack_rows",
    "quantize_codes",
    "quantize_packed",
    "rank_channels",
    "salience_of",
    "unpack_pairs",
    "unpack_rows",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Grid": "veriquant.layout",
        "dequantize": "veriquant.fast.dequant",
        "fit_rtn": "veriquant.fast.grid",
        "gemv": "veriquant.fast.gemm",
        "matmul": "veriquant.fast.gemm",
        "matmul_int": "veriquant.fast.gemm",
        "pack_pairs": "veriquant.fast.pack",
        "pack_rows": "veriquant.fast.pack",
        "quantize_codes": "veriquant.fast.grid",
        "quantize_packed": "veriquant.fast.grid",
        "rank_channels": "veriquant.fast.grid",
        "salience_of": "veriquant.fast.grid",
        "unpack_pairs": "veriquant.fast.pack",
        "unpack_rows": "veriquant.fast.pack",
    },
)

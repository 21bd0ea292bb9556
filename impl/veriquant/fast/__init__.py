"""Vectorised paths over whole tensors, compiled from the verified kernels (design section 6)."""

from veriquant.fast.dequant import dequantize
from veriquant.fast.gemm import gemv, matmul, matmul_int
from veriquant.fast.grid import (
    Grid,
    fit_rtn,
    quantize_codes,
    quantize_packed,
    rank_channels,
    salience_of,
)
from veriquant.fast.pack import pack_pairs, pack_rows, unpack_pairs, unpack_rows

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

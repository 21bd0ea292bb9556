"""Scale search: grids that clip a little for less squared error, each weight on its own."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from veriquant.fast import grid as grids
from veriquant.fast.threads import run_rows
from veriquant.layout import NARROW_LEVELS, WIDE_LEVELS, Grid
from veriquant.methods.search import fit_rows
from veriquant.methods.statistics import TensorStatistics
from veriquant.tensor import QuantizedTensor

Float = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]


def quantize(
    weights: Float,
    perm: npt.NDArray[np.uint32],
    group_size: int,
    scale_dtype: Literal["auto", "float16", "bfloat16"] = "auto",
    *,
    calibration: npt.NDArray[Any] | None = None,
    statistics: TensorStatistics | None = None,
    name: str | None = None,
) -> QuantizedTensor:
    """`weights` float32 `[N, K]` on searched grids; `perm` uint32 `[2P]` is the channel order.

    Minimises `sum_k d_k (w - w')^2` per group, `d` the mean square activation of the input channel
    (from `statistics`, or `calibration` `[T, K]`), 1 without either. Raises QuantizationError.
    """
    rows, channels = weights.shape
    if statistics is None and calibration is not None:
        statistics = TensorStatistics.from_activations(calibration)
    importance = np.ones(channels + 1, dtype=np.float32)
    if statistics is not None:
        statistics.check(weights.shape, name)
        importance[:channels] = relative(statistics.diagonal)
    units = fit_units(weights, perm, group_size, scale_dtype, 1.0, name)
    columns = ordered(weights, perm)
    pairs = len(perm) // 2
    size = grids.group_pairs(pairs, group_size)
    groups = grids.group_count(pairs, group_size)
    factors = np.empty((2, groups, rows), np.uint8)
    zeros = np.empty((2, groups, rows), np.uint8)
    for half, levels in enumerate((WIDE_LEVELS, NARROW_LEVELS)):
        unit = units[:, half, None].astype(np.float64)
        for g in range(groups):
            start, stop = half * pairs + g * size, half * pairs + min((g + 1) * size, pairs)
            part = (columns[:, start:stop] / unit).astype(np.float32)
            search(part, importance[perm[start:stop]], levels, factors[half, g], zeros[half, g])
    fitted = as_grid(units, factors, zeros, name)
    wide, narrow = grids.quantize_codes(weights, perm, group_size, fitted)
    return QuantizedTensor.from_codes(
        wide, narrow, fitted, perm, (rows, channels), group_size, "mse"
    )


def relative(mean_square: npt.NDArray[Any]) -> Float:
    """`mean_square` over its largest (so that nothing overflows); all ones if all are zero."""
    most = float(np.max(mean_square))
    if most <= 0:
        return np.ones(len(mean_square), dtype=np.float32)
    result: Float = (np.asarray(mean_square, np.float64) / most).astype(np.float32)
    return result


def fit_units(
    weights: Float,
    perm: npt.NDArray[np.uint32],
    group_size: int,
    scale_dtype: Literal["auto", "float16", "bfloat16"],
    headroom: float,
    name: str | None,
) -> npt.NDArray[Any]:
    """Least `S` `[N, 2]` that gives every range, `headroom` times as wide, a `k <= 255`."""
    spans = grids.spans_of(grids.weight_ranges(weights, perm, group_size))
    return grids.least_scales(spans * headroom, scale_dtype, name)


def ordered(weights: Float, perm: npt.NDArray[np.uint32]) -> Float:
    """Columns in `perm` order, float32 `[N, 2P]`; the zero channel of an odd `K` is added."""
    if len(perm) > weights.shape[1]:
        weights = np.pad(weights, ((0, 0), (0, 1)))
    return weights[:, perm]


def search(part: Float, importance: Float, levels: int, ks: U8, zs: U8) -> None:
    """`fit_rows` on all rows of `part` `[N, g]`, on several threads."""
    part = np.ascontiguousarray(part)
    importance = np.ascontiguousarray(importance)
    run_rows(
        part.shape[0], 40 * part.size, lambda i, j: fit_rows(part, importance, levels, ks, zs, i, j)
    )


def as_grid(units: npt.NDArray[Any], factors: U8, zeros: U8, name: str | None) -> Grid:
    """The `Grid` of `units` `[N, 2]` and `factors`, `zeros` uint8 `[2 halves, G, N]`."""
    made = Grid(
        units,
        np.ascontiguousarray(factors.transpose(2, 1, 0)),
        np.ascontiguousarray(zeros[0].T),
        np.ascontiguousarray(zeros[1].T),
    )
    grids.check_reach(made, name)
    return made

"""Error-compensating quantization: rounding errors are paid back by the channels not yet rounded.

Minimises `tr((T - W') H (T - W')^T)`, `H` the mean of `x x^T` over calibration inputs and `T` the
weight (or the corrected target of sequential calibration), in two stages:

1. Sequential rounding (GPTQ; Frantar et al. 2023): input channels in `perm` order, wide ones
   first; each rounding error is spread over the later channels by the Cholesky factor of `H^-1`.
   A group's grid is searched when it is reached, on the weights as compensated so far.
2. Coordinate descent: each group's integer scale, then each of its codes in turn, moves to its
   best value with all else fixed. In exact arithmetic the objective never rises.

Output channels are independent; the work is vectorised over them, each scaled to a largest weight
of 1 so that neither overflow nor denormals matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.fast import grid as grids
from veriquant.fast.compiled import driver
from veriquant.fast.threads import run_rows
from veriquant.layout import NARROW_LEVELS, WIDE_LEVELS
from veriquant.methods.mse import as_grid, fit_units, ordered, search
from veriquant.methods.statistics import TensorStatistics
from veriquant.tensor import QuantizedTensor

Float = npt.NDArray[np.float32]
Double = npt.NDArray[np.float64]
U8 = npt.NDArray[np.uint8]

BLOCK = 128
"""Columns rounded between two matrix updates; a longer group is cut into such blocks."""
HEADROOM = 1.25
"""Compensation widens a channel's weights: `S` has room for ranges this much above the original."""
DAMP = 0.01
"""Default share of the mean diagonal added to `H` (the value of the GPTQ paper)."""
FLOOR = 1e-30
"""Rows are not scaled up from below this, so that `S = 1` (a half of zeros) over it is finite."""
SWEEPS = 2
"""Default passes of coordinate descent: later ones change the error by less than 2 percent."""


def quantize(
    weights: Float,
    perm: npt.NDArray[np.uint32],
    group_size: int,
    scale_dtype: Literal["auto", "float16", "bfloat16"] = "auto",
    *,
    calibration: npt.NDArray[Any] | None = None,
    statistics: TensorStatistics | None = None,
    name: str | None = None,
    damp: float = DAMP,
    sweeps: int = SWEEPS,
) -> QuantizedTensor:
    """`weights` float32 `[N, K]` with compensated rounding; `perm` uint32 `[2P]` orders channels.

    statistics  of the inputs; or `calibration`, sampled inputs `[T, K]`
    damp        share of the mean diagonal added to `H`; raised tenfold while `H` is not positive
                definite in float64
    sweeps      passes of coordinate descent

    Raises QuantizationError without statistics, or where they do not fit the weight.
    """
    if statistics is None:
        if calibration is None:
            raise QuantizationError(
                "method 'gptq' needs calibration activations of this tensor", tensor=name,
                remedy="give calibration data (veriquant calibrate), or use method 'mse' or 'rtn'",
            )  # fmt: skip
        statistics = TensorStatistics.from_activations(calibration)
    statistics.check(weights.shape, name)
    target = weights if statistics.target is None else statistics.target
    units = fit_units(weights, perm, group_size, scale_dtype, HEADROOM, name)
    scaled, relative_units = normalized(target, units, perm)
    hessian, factor = factored(statistics.hessian, perm, damp, name)
    pairs = len(perm) // 2
    work = Work.start(scaled, relative_units, grids.group_pairs(pairs, group_size))
    work.round(factor)
    if sweeps:
        work.descend(scaled, hessian, sweeps)
    grid = as_grid(units, work.factors, work.zeros, name)
    wide, narrow = work.codes[:, :pairs].copy(), work.codes[:, pairs:].copy()
    shape = (weights.shape[0], weights.shape[1])
    return QuantizedTensor.from_codes(wide, narrow, grid, perm, shape, group_size, "gptq")


def normalized(
    weights: Float, units: npt.NDArray[Any], perm: npt.NDArray[np.uint32]
) -> tuple[Float, Float]:
    """Each row of `weights` in `perm` order, float32 `[N, 2P]`, and `S`, float32 `[2, N]`, both
    over the row's largest magnitude (over `FLOOR` where that is less)."""
    size = np.maximum(np.abs(weights).max(axis=1).astype(np.float64), FLOOR)[:, None]
    relative = (units.astype(np.float64) / size).astype(np.float32)
    return ordered((weights / size).astype(np.float32), perm), np.ascontiguousarray(relative.T)


def factored(
    hessian: npt.NDArray[Any], perm: npt.NDArray[np.uint32], damp: float, name: str | None = None
) -> tuple[Double, Float]:
    """`H` in `perm` order, damped, over its mean diagonal; and upper `U` with `U^T U = H^-1`.

    Channels never active (and the zero channel of an odd `K`) get the mean diagonal. With `J` the
    order reversal, `J H J = L L^T` gives `H = R R^T` for the upper `R = J L J`, so `U = R^-1`.
    """
    k = hessian.shape[0]
    h = np.zeros((len(perm), len(perm)))
    real = np.flatnonzero(perm < k)
    channels = perm[real]
    h[np.ix_(real, real)] = hessian[np.ix_(channels, channels)]
    diagonal = np.diagonal(h).copy()
    mean = float(diagonal[diagonal > 0].mean()) if (diagonal > 0).any() else 1.0
    h /= mean
    for share in (damp, 10 * damp, 100 * damp):
        damped = h.copy()
        damped[np.diag_indices_from(h)] = np.where(diagonal > 0, diagonal / mean, 1.0) + share
        try:
            lower = np.linalg.cholesky(damped[::-1, ::-1])
        except np.linalg.LinAlgError:
            continue
        return damped, np.triu(np.linalg.inv(lower[::-1, ::-1])).astype(np.float32)
    raise QuantizationError(
        "its calibration hessian is not positive definite", tensor=name, value=f"damp {100 * damp}",
        remedy="calibrate with more tokens, or raise damp",
    )  # fmt: skip


@dataclass
class Work:
    """Codes and grids while they are being chosen, columns in `perm` order.

    weights  float32 `[N, 2P]`, compensated as rounding goes on
    units    float32 `[2, N]`, `S` of the wide and the narrow half
    codes    uint8 `[N, 2P]`; factors (`k`) and zeros uint8 `[2 halves, G, N]`
    """

    weights: Float
    units: Float
    size: int
    codes: U8
    factors: U8
    zeros: U8

    @staticmethod
    def start(weights: Float, units: Float, size: int) -> Work:
        """Nothing rounded yet; groups of `size` pairs."""
        rows, columns = weights.shape
        shape = (2, -(-(columns // 2) // size), rows)
        return Work(
            weights.copy(), units, size, np.zeros((rows, columns), np.uint8),
            np.ones(shape, np.uint8), np.zeros(shape, np.uint8),
        )  # fmt: skip

    def groups(self) -> Iterator[tuple[int, int, int, int, int]]:
        """`(half, levels, group, first column, end column)` in `perm` order."""
        pairs = self.weights.shape[1] // 2
        for half, levels in enumerate((WIDE_LEVELS, NARROW_LEVELS)):
            for g in range(self.factors.shape[1]):
                start = half * pairs + g * self.size
                yield half, levels, g, start, min(start + self.size, (half + 1) * pairs)

    def round(self, factor: Float) -> None:
        """Stage 1; `factor` is `U`, float32 `[2P, 2P]`."""
        rows = self.weights.shape[0]
        importance = (1 / np.square(np.diagonal(factor))).astype(np.float32)
        for half, levels, g, start, stop in self.groups():
            ks, zs = self.factors[half, g], self.zeros[half, g]
            part = self.weights[:, start:stop] / self.units[half][:, None]
            search(part, importance[start:stop], levels, ks, zs)
            scales = ks * self.units[half]
            for lo in range(start, stop, BLOCK):
                hi = min(lo + BLOCK, stop)
                block = np.ascontiguousarray(self.weights[:, lo:hi])
                codes = np.empty(block.shape, np.uint8)
                errors = np.empty(block.shape, np.float32)
                u = np.ascontiguousarray(factor[lo:hi, lo:hi])
                run_rows(
                    rows, block.size * 8,
                    lambda i, j: _round_rows(block, u, levels, scales, zs, codes, errors, i, j),  # noqa: B023
                )  # fmt: skip
                self.codes[:, lo:hi] = codes
                self.weights[:, hi:] -= errors @ factor[lo:hi, hi:]

    def values(self) -> Float:
        """Quantized weights, float32 `[N, 2P]`."""
        out = np.empty(self.codes.shape, np.float32)
        for half, _, g, start, stop in self.groups():
            steps = self.codes[:, start:stop].astype(np.int32) - self.zeros[half, g][:, None]
            out[:, start:stop] = steps * (self.factors[half, g] * self.units[half])[:, None]
        return out

    def descend(self, target: Float, hessian: Double, sweeps: int) -> None:
        """Stage 2; `target` float32 `[N, 2P]`, `hessian` float64 `[2P, 2P]`."""
        rows = target.shape[0]
        h = hessian.astype(np.float32)
        error = target - self.values()
        for _ in range(sweeps):
            for half, levels, g, start, stop in self.groups():
                slope = error @ h[:, start:stop]  # minus half the gradient at these columns
                block = np.ascontiguousarray(h[start:stop, start:stop])
                ks, zs, units = self.factors[half, g], self.zeros[half, g], self.units[half]
                codes = np.ascontiguousarray(self.codes[:, start:stop])
                # the best scale for these codes moves by <steps, slope> / <steps, H steps>
                steps = codes.astype(np.float32) - zs[:, None].astype(np.float32)
                curve = steps @ block
                along = np.einsum("ni,ni->n", steps, curve) * units
                down = np.einsum("ni,ni->n", steps, slope)
                old = ks.astype(np.float32)
                with np.errstate(divide="ignore", invalid="ignore"):
                    new = np.where(along > 0, np.clip(np.rint(old + down / along), 1, 255), old)
                change = ((new - old) * units)[:, None]
                ks[:] = new
                part = error[:, start:stop] - steps * change
                slope -= curve * change
                scales = ks * units
                run_rows(
                    rows, part.size * 8,
                    lambda i, j: _descend_rows(part, slope, block, levels, scales, codes, i, j),  # noqa: B023
                )  # fmt: skip
                self.codes[:, start:stop] = codes
                error[:, start:stop] = part


@driver
def _round_rows(
    w: Any,
    u: Any,
    levels: Any,
    scales: Any,
    zs: Any,
    codes: Any,
    errors: Any,
    start: Any,
    stop: Any,
) -> None:
    """Round the columns of a block in turn, each error spread over the rest of the block.

    `w` float32 `[N, b]`, changed; `scales` float32 `[N]`; `u` float32 `[b, b]`; writes uint8
    `codes` and float32 `errors` (over `u`'s diagonal), `[N, b]`, for rows `start..stop`.
    """
    top = np.float32(levels - 1)
    for n in range(start, stop):
        scale = scales[n]
        zero = np.float32(zs[n])
        row = w[n]
        for i in range(row.size):
            q = min(max(np.rint(row[i] / scale) + zero, np.float32(0)), top)
            codes[n, i] = np.uint8(q)
            e = (row[i] - (q - zero) * scale) / u[i, i]
            errors[n, i] = e
            for j in range(i + 1, row.size):
                row[j] -= e * u[i, j]


@driver
def _descend_rows(
    errors: Any, slope: Any, h: Any, levels: Any, scales: Any, codes: Any, start: Any, stop: Any
) -> None:
    """Move each code of a block to its best value in turn, its grid and the other codes fixed.

    `errors` (target minus value) and `slope` (errors times `H`) float32 `[N, b]` and uint8 `codes`
    are kept up to date; `scales` float32 `[N]`, `h` float32 `[b, b]`; rows `start..stop`.
    """
    top = np.float32(levels - 1)
    for n in range(start, stop):
        scale = scales[n]
        for i in range(errors.shape[1]):
            old = np.float32(codes[n, i])
            q = np.rint(old + slope[n, i] / (h[i, i] * scale))
            q = min(max(q, np.float32(0)), top)
            if q != old:
                move = (q - old) * scale
                codes[n, i] = np.uint8(q)
                errors[n, i] -= move
                for j in range(errors.shape[1]):
                    slope[n, j] -= move * h[i, j]

"""Layer-by-layer calibration: each Linear sees what the already quantized ones really send it.

Two streams run side by side through the blocks: the float model's activations and those of the
model quantized so far. For a Linear with float input `F`, quantized-stream input `X` and weight
`W`, the quantized weight should minimise

    || X W'^T + r_x - (F W^T + r_f) ||^2

where `r` is what the block's skip connection adds (only for Linears that write into it). With
`H = X^T X` that is `tr((T - W') H (T - W')^T)` up to a constant, for the target

    T = W + (W (F - X)^T X + (r_f - r_x)^T X) (H + damp)^-1

so any error-compensating quantizer that takes a Hessian can be used on `T` instead of `W`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from veriquant.methods.statistics import TensorStatistics
from veriquant.model.llama import Llama

Float = npt.NDArray[np.float32]
RESIDUAL_WRITERS = ("o_proj.weight", "down_proj.weight")
"""Linears whose output is added to the skip connection."""


Quantizer = Callable[[str, Float, TensorStatistics], Float]
"""Of a Linear's name, weight `[N, K]` and statistics: its quantized weight, dequantized."""


def corrected_target(
    weight: Float, hessian: Float, cross: Float, shift: Float | None, damp: float
) -> Float:
    """`T` of the module text from means over tokens.

    `cross` = `X^T (F - X)` `[K, K]`, `shift` = `X^T (r_f - r_x)` `[K, N]`.
    """
    h = hessian.astype(np.float64)
    h[np.diag_indices_from(h)] += damp * float(np.diagonal(h).mean()) + 1e-12
    pull = cross.astype(np.float64) @ weight.T.astype(np.float64)
    if shift is not None:
        pull += shift
    return weight + np.linalg.solve(h, pull).T.astype(np.float32)


def calibrate_sequentially(
    model: Llama,
    windows: npt.NDArray[np.int64],
    quantize: Quantizer,
    *,
    correct: float = 1.0,
    residual: bool = True,
    damp: float = 0.05,
    progress: Callable[[int, int], None] | None = None,
) -> Llama:
    """Quantize every Linear of `model` in running order; returns the model as quantized.

    `windows` int `[W, T]` token ids; `correct` scales the correction of the target (0 turns it
    off and then the float stream is not run); `progress(done, total)` is called per block.
    """
    out = Llama(model.config, dict(model.weights))
    x = [out.embed(t) for t in windows]
    f = [a.copy() for a in x] if correct else x
    tokens = int(windows.size)
    for layer in range(model.config.layers):
        running = [out.stage_inputs(layer, a) for a in x]
        exact = [model.stage_inputs(layer, a) for a in f] if correct else []
        while (stage := _stage(running, exact, x, f, residual)) is not None:
            names, hessian, cross, shift = stage
            hessian /= np.float32(tokens)
            for name in names:
                w = model.weights[name]
                target = w
                if correct and cross is not None:
                    cross_n = cross / np.float32(tokens)
                    shift_n = None if shift is None else shift / np.float32(tokens)
                    full = corrected_target(w, hessian, cross_n, shift_n, damp)
                    target = w + np.float32(correct) * (full - w)
                statistics = TensorStatistics(hessian, tokens, target)
                out.weights[name] = quantize(name, w, statistics)
        if progress is not None:
            progress(layer + 1, model.config.layers)
    return out


def _stage(
    running: list[Iterator[tuple[tuple[str, ...], Float]]],
    exact: list[Iterator[tuple[tuple[str, ...], Float]]],
    x: list[Float],
    f: list[Float],
    residual: bool,
) -> tuple[tuple[str, ...], Float, Float | None, Float | None] | None:
    """Advance every window to its next stage; sums of `X^T X`, `X^T (F - X)`, `X^T (r_f - r_x)`."""
    names: tuple[str, ...] = ()
    hessian: Float | None = None
    cross: Float | None = None
    shift: Float | None = None
    for i, steps in enumerate(running):
        got = next(steps, None)
        ref = next(exact[i], None) if exact else None
        if got is None:
            continue
        names, h = got
        square = h.T @ h
        hessian = square if hessian is None else np.add(hessian, square, out=hessian)
        if ref is not None:
            part = h.T @ (ref[1] - h)
            cross = part if cross is None else np.add(cross, part, out=cross)
            if residual and names[0].endswith(RESIDUAL_WRITERS):
                part = h.T @ (f[i] - x[i])
                shift = part if shift is None else np.add(shift, part, out=shift)
    if hessian is None:
        return None
    return names, hessian, cross, shift

"""Layer-by-layer calibration: each Linear sees what the already quantized ones really send it.

Two streams run side by side through the blocks: the float model's activations and those of the
model quantized so far. For a Linear with float input `F`, quantized-stream input `X` and weight
`W`, the quantized weight should minimise

    || X W'^T - F W^T ||^2

With `H = X^T X` that is `tr((T - W') H (T - W')^T)` up to a constant, for the target

    T = W + W (F - X)^T X (H + damp)^-1

so any error-compensating quantizer that takes a Hessian can be used on `T` instead of `W`. Without
the correction (`T = W`) sequential calibration is no better than independent calibration; adding
the difference of the skip connections to the target does not help either (both measured on
SmolLM2-135M).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from veriquant.methods.statistics import TensorStatistics
from veriquant.model.llama import Llama

Float = npt.NDArray[np.float32]

Stages = Iterator[tuple[tuple[str, ...], Float]]
Quantizer = Callable[[str, Float, TensorStatistics], Float]
"""Of a Linear's name, weight `[N, K]` and statistics: its quantized weight, dequantized."""

TARGET_DAMP = 0.05
"""Share of `H`'s mean diagonal added when solving for `T`: the inputs that the text never excites
keep their weights."""
TINY = 1e-12
"""Keeps the solve regular where every input was zero."""


def corrected_target(weight: Float, hessian: Float, cross: Float, damp: float) -> Float:
    """`T` of the module text from means over tokens; `cross` = `X^T (F - X)` `[K, K]`."""
    h = hessian.astype(np.float64)
    h[np.diag_indices_from(h)] += damp * float(np.diagonal(h).mean()) + TINY
    pull = cross.astype(np.float64) @ weight.T.astype(np.float64)
    return weight + np.linalg.solve(h, pull).T.astype(np.float32)


def calibrate_sequentially(
    model: Llama,
    windows: npt.NDArray[np.int64],
    quantize: Quantizer,
    *,
    correct: float = 1.0,
    damp: float = TARGET_DAMP,
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
        while (stage := _stage(running, exact)) is not None:
            names, hessian, cross = stage
            hessian /= np.float32(tokens)
            for name in names:
                w = model.weights[name]
                target = w
                if cross is not None:
                    full = corrected_target(w, hessian, cross / np.float32(tokens), damp)
                    target = w + np.float32(correct) * (full - w)
                statistics = TensorStatistics(hessian, tokens, target)
                out.weights[name] = quantize(name, w, statistics)
        if progress is not None:
            progress(layer + 1, model.config.layers)
    return out


def _stage(
    running: list[Stages], exact: list[Stages]
) -> tuple[tuple[str, ...], Float, Float | None] | None:
    """Advance every window to its next stage; names, sums of `X^T X` and of `X^T (F - X)`."""
    names: tuple[str, ...] = ()
    hessian: Float | None = None
    cross: Float | None = None
    for i, steps in enumerate(running):
        got = next(steps, None)
        reference = next(exact[i], None) if exact else None
        if got is None:
            continue
        names, x = got
        square = x.T @ x
        hessian = square if hessian is None else np.add(hessian, square, out=hessian)
        if reference is not None:
            part = x.T @ (reference[1] - x)
            cross = part if cross is None else np.add(cross, part, out=cross)
    return None if hessian is None else (names, hessian, cross)

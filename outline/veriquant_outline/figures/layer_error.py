"""Figure 4: error across layers, the bound of Theorem 3 and what is measured.

The networks of the middle and right panel are synthetic, so that the figure can be drawn anywhere;
where the quality benchmark has measured a real model, the right panel shows that one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import veriquant
from veriquant_outline import quality
from veriquant_outline.evidence import Evidence
from veriquant_outline.figures.style import BLUE, GREEN, INK, ORANGE, RED, note
from veriquant_proofs.bench.norm import certified_norm

LAYERS, WIDTH, GROUP, SEED = 20, 64, 16, 1
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trace:
    """Relative errors after each layer: measured, and the bound certified by T1n and T3."""

    measured: tuple[float, ...]
    bound: tuple[float, ...]
    lipschitz: float


def trace(weights: Sequence[Array], activation: Callable[[Array], Array], start: Array) -> Trace:
    """Run a network and its quantized copy; the activation must be 1-Lipschitz and fix zero.

    The bound follows Theorem 3 with each layer's own constants: lambda is the largest singular
    value of the layer, eps the certified norm times the length of the quantized copy's input.
    """
    exact = quantized = start
    error = 0.0
    measured, bound, constants = [], [], []
    for w in weights:
        tensor = veriquant.quantize(w.astype(np.float32), group_size=GROUP)
        source = w.astype(np.float32).astype(np.float64)
        constant = float(np.linalg.norm(source, 2))
        error = constant * error + certified_norm(tensor) * float(np.linalg.norm(quantized))
        exact = activation(source @ exact)
        quantized = activation(tensor.dequantize(np.float64) @ quantized)
        length = float(np.linalg.norm(exact))
        measured.append(float(np.linalg.norm(quantized - exact)) / length)
        bound.append(error / length)
        constants.append(constant)
    return Trace(tuple(measured), tuple(bound), max(constants))


def networks() -> dict[str, Trace]:
    """An orthogonal network (lambda = 1) and a random one of the usual initialization."""
    source = np.random.default_rng(SEED)
    start = source.normal(size=WIDTH)
    random = [source.normal(size=(WIDTH, WIDTH)) * np.sqrt(2 / WIDTH) for _ in range(LAYERS)]
    orthogonal = [np.linalg.qr(w)[0] for w in random]
    return {
        "orthogonal": trace(orthogonal, np.abs, start),
        "random": trace(random, lambda x: np.maximum(x, 0), start),
    }


def draw(evidence: Evidence) -> Figure:
    """Left: Theorem 3's bound for three lambdas. Middle and right: certified and measured."""
    figure = Figure(figsize=(11, 4.2))
    left, middle, right = figure.subplots(1, 3)
    figure.subplots_adjust(left=0.06, right=0.985, top=0.9, bottom=0.25, wspace=0.24)
    found = networks()
    _theorem(left)
    _network(middle, found["orthogonal"], "Synthetic, lambda = 1 (both axes log)")
    middle.set_xscale("log")
    middle.set_yscale("log")
    middle.set_xticks([1, 2, 5, 10, 20])
    middle.xaxis.set_major_formatter("{x:g}")
    middle.xaxis.set_minor_formatter("")
    layers = quality.layers(evidence)
    if len(layers) > 1:
        _model(right, layers, quality.model_name(evidence))
        last = "right: a real model, from the quality benchmark (T1n bounds weights)."
    else:
        text = f"Synthetic, lambda up to {found['random'].lipschitz:.1f}"
        _network(right, found["random"], text)
        right.set_yscale("log")
        last = "right: He-initialized ReLU layers."
    note(
        figure,
        f"Synthetic: {LAYERS} layers of {WIDTH} x {WIDTH}, quantized by rtn at 3.5 bits in groups "
        f"of {2 * GROUP} weights. Middle: orthogonal layers, |x| as activation; {last}\n"
        "Certified: Theorem 3 with each layer's largest singular value and T1n's bound on its "
        "quantization error. The outline: eps = 0.01, lambda = 1.2, 80 layers, '2 %'.",
    )
    return figure


def _theorem(axes: Axes) -> None:
    axes.set_title("Theorem 3, eps = 0.01")
    layers = np.arange(1, 81)
    for factor, color in ((1.0, BLUE), (1.05, GREEN), (1.2, RED)):
        total = np.array([sum(0.01 * factor ** (n - i) for i in range(1, n + 1)) for n in layers])
        axes.plot(layers, total, color=color)
        axes.text(81, total[-1], f"{factor:g}", color=color, va="center", fontsize=8)
    axes.plot([80], [0.02], "x", color=INK, ms=7, mew=2)
    axes.annotate(
        "claimed: 2 %", (80, 0.02), xytext=(-8, 0), textcoords="offset points", ha="right",
        va="center", fontsize=8,
    )  # fmt: skip
    axes.text(81, 3e6, "lambda", fontsize=8, ha="center")
    axes.set_yscale("log")
    axes.set_xlim(0, 90)
    axes.set_ylim(5e-3, 2e7)
    axes.set_xlabel("layers")
    axes.set_ylabel("bound on the output error")
    axes.grid(alpha=0.25)


def _network(axes: Axes, found: Trace, title: str) -> None:
    axes.set_title(title)
    layers = np.arange(1, len(found.measured) + 1)
    axes.plot(layers, found.bound, color=BLUE, label="certified bound")
    axes.plot(layers, found.measured, color=ORANGE, marker="o", ms=3, label="measured")
    axes.set_xlabel("layer")
    axes.set_ylabel("relative error of the output")
    axes.legend(loc="upper left")
    axes.grid(alpha=0.25)


def _model(axes: Axes, layers: Sequence[Mapping[str, Any]], name: str) -> None:
    axes.set_title(f"{name}, rtn")
    x = [int(row["layer"]) for row in layers]
    for key, color, marker, label in (
        ("measured", ORANGE, "o", "output, measured"),
        ("weights_bound", BLUE, "", "its weights, certified bound"),
        ("weights", GREEN, "s", "its weights, measured"),
    ):
        y = [float(row[key]) for row in layers]
        axes.plot(x, y, color=color, marker=marker, ms=3, label=label)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("layer")
    axes.set_ylabel("relative error")
    axes.legend(loc="upper left")
    axes.grid(alpha=0.25)

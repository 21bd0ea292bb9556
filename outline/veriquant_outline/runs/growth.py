"""Theorem 3: how errors grow over layers, with the outline's constants and in small networks."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

from veriquant_outline.evidence import Evidence
from veriquant_outline.model import Finding, Inputs, judged
from veriquant_outline.printed import exact, half_width, show
from veriquant_outline.words import listed
from veriquant_spec.grid import dequantize, fit_group, quantize
from veriquant_spec.paper import top_half

CHECKS = ("activation_lipschitz", "activation_growth", "error_growth", "predicted_error")


def activation_lipschitz(inputs: Inputs, evidence: Evidence) -> Finding:
    """Theorem 3 with the Lipschitz constant of the activation alone, on a chain of ReLU layers.

    Inputs: `gain` of each layer's weight, `weight_error`, `layers`. Exact arithmetic.
    """
    del evidence
    gain, delta = exact(inputs["gain"]), exact(inputs["weight_error"])
    layers = int(inputs["layers"])
    exact_out = quantized_out = Fraction(1)
    local: list[Fraction] = []
    for _ in range(layers):
        local.append(abs(_relu((gain + delta) * quantized_out) - _relu(gain * quantized_out)))
        exact_out = _relu(gain * exact_out)
        quantized_out = _relu((gain + delta) * quantized_out)
    error = abs(quantized_out - exact_out)
    activation_bound = sum(local, Fraction(0))  # lambda = 1, the constant of ReLU
    layer_bound = sum((e * gain ** (layers - 1 - i) for i, e in enumerate(local)), Fraction(0))
    return Finding(
        verdict=judged(error <= activation_bound),
        text=f"In {layers} layers of weight {show(gain)} with ReLU, each weight quantized to "
        f"{show(gain + delta)}, the outputs end {show(error)} apart. With the Lipschitz constant "
        f"of ReLU, which is 1, the theorem would allow {show(activation_bound)}; with that of the "
        f"whole layer, {show(gain)}, it allows {show(layer_bound)}.",
        claimed=f"at most {show(activation_bound)}",
        ours=show(error),
    )


def _relu(x: Fraction) -> Fraction:
    return max(Fraction(0), x)


def activation_growth(inputs: Inputs, evidence: Evidence) -> Finding:
    """Difference quotients of an activation far out: bounded for a Lipschitz function."""
    del evidence
    points = [float(p) for p in inputs["points"]]
    activation = str(inputs["function"])
    functions: dict[str, Callable[[float], float]] = {
        "SwiGLU": lambda t: t / (1 + math.exp(-t)) * t,  # along the diagonal
        "ReLU": lambda t: max(0.0, t),
    }
    function = functions[activation]
    quotients = [function(t + 1) - function(t) for t in points]
    grows = all(b > 1.5 * a for a, b in pairwise(quotients))
    return Finding(
        verdict=judged(not grows),
        text=f"One unit of input changes the output of {activation} by "
        f"{listed([show(q, 4) for q in quotients])} at the inputs "
        f"{listed([show(p, 4) for p in points])}: "
        f"{'it grows without bound, so no Lipschitz constant exists' if grows else 'bounded'}.",
        claimed="a bounded Lipschitz constant",
        ours=f"{show(quotients[-1], 4)} at the input {show(points[-1], 4)}",
    )


def error_growth(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether the theorem's sum grows linearly in the number of layers, at the lambda given."""
    del evidence
    factor, eps = exact(inputs["factor"]), exact(inputs["epsilon"])
    layers = int(inputs["layers"])
    half, full = _bound(factor, eps, layers // 2), _bound(factor, eps, layers)
    ratio = full / half
    return Finding(
        verdict=judged(ratio <= Fraction(21, 10)),
        text=f"With a Lipschitz constant of {show(factor)} per layer, the bound of Theorem 3 is "
        f"{show(float(half))} at {layers // 2} layers and {show(float(full))} at {layers}: twice "
        f"the layers, {show(float(ratio))} times the bound, where linear growth would double it.",
        claimed="doubles with the layers",
        ours=f"grows {show(float(ratio))} times",
    )


def _bound(factor: Fraction, eps: Fraction, layers: int) -> Fraction:
    return sum((eps * factor ** (layers - i) for i in range(1, layers + 1)), Fraction(0))


def predicted_error(inputs: Inputs, evidence: Evidence) -> Finding:
    """The outline's prediction in percent, its own formula evaluated, and what would give it."""
    del evidence
    layers, eps, factor = int(inputs["layers"]), exact(inputs["epsilon"]), exact(inputs["factor"])
    claimed = exact(inputs["claimed"])
    own = 100 * layers * eps * factor**layers
    return Finding(
        verdict=judged(abs(own - claimed) <= half_width(inputs["claimed"])),
        text=f"{layers} × {show(eps)} × {show(factor)}^{layers}, with {show(factor)}^{layers} = "
        f"{show(float(factor**layers), 8)}, is {show(float(own))} %. The sum of Theorem 3 is "
        f"{show(100 * float(_bound(factor, eps, layers)))} %, and even a Lipschitz constant of 1 "
        f"gives {show(100 * layers * eps)} %.",
        claimed=f"{show(claimed)} %",
        ours=f"{show(float(own))} %",
        tolerance=show(half_width(inputs["claimed"])),
    )


def orthogonal_errors(layers: int, width: int, seed: int) -> list[float]:
    """Relative error after each layer of reflections followed by |x|, weights on our grid.

    Reflections keep lengths and |x| is 1-Lipschitz, so Theorem 3 applies with lambda = 1.
    """
    source = random.Random(seed)
    exact_x = [source.gauss(0, 1) for _ in range(width)]
    ours_x = list(exact_x)
    unit = Fraction(1, 1024)
    errors = []
    for _ in range(layers):
        v = [Fraction(source.randint(1, 9)) * source.choice((-1, 1)) for _ in range(width)]
        norm = sum((a * a for a in v), Fraction(0))
        rows = [
            [Fraction(int(i == j)) - 2 * v[i] * v[j] / norm for j in range(width)]
            for i in range(width)
        ]
        exact_x = [abs(_dot(row, exact_x)) for row in rows]
        ours_x = [abs(_dot(_on_grid(row, unit), ours_x)) for row in rows]
        length = math.sqrt(sum(a * a for a in exact_x))
        off = math.sqrt(sum((a - b) ** 2 for a, b in zip(exact_x, ours_x, strict=True)))
        errors.append(off / length)
    return errors


def _dot(row: Sequence[Fraction], x: Sequence[float]) -> float:
    return sum(float(w) * a for w, a in zip(row, x, strict=True))


def _on_grid(row: Sequence[Fraction], unit: Fraction) -> list[Fraction]:
    """The row quantized on our grid: the larger half wide, the rest narrow."""
    wide = top_half(row)
    out = list(row)
    for half, levels in ((True, 16), (False, 8)):
        members = [i for i, is_wide in enumerate(wide) if is_wide is half]
        grid = fit_group([row[i] for i in members], unit, levels)
        for i in members:
            out[i] = dequantize(quantize(row[i], grid), grid)
    return out

"""The outline's own quantizer of 3.2 and 3.3, run on channels that it should handle."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from fractions import Fraction

from veriquant_outline.evidence import Evidence
from veriquant_outline.model import Finding, Inputs, Verdict, judged
from veriquant_outline.printed import exact, show
from veriquant_outline.search import find_channel
from veriquant_spec.grid import Grid
from veriquant_spec.grid import dequantize as grid_dequantize
from veriquant_spec.grid import quantize as grid_quantize
from veriquant_spec.paper import (
    STEPS,
    paper_dequantize,
    paper_errors_in_steps,
    paper_quantize,
)
from veriquant_spec.rounding import rne

CHECKS = (
    "half_step_search", "worst_error", "constant_channel", "zero_point_range", "absolute_error",
    "frobenius", "narrow_saturation", "same_step", "outliers", "zero_point_conventions",
    "requantize",
)  # fmt: skip

HALF = Fraction(1, 2)


def channel_of(inputs: Inputs) -> list[Fraction]:
    """The weights of the claim's channel."""
    return [Fraction(v) for v in inputs["channel"]]


def listed(values: Sequence[object]) -> str:
    """`(1, 2, 3)`."""
    return "(" + ", ".join(show(v) for v in values) + ")"


def normal_channel(count: int, seed: int) -> list[Fraction]:
    """`count` weights from a standard normal, in units of 1/1000: a stand-in for a trained row."""
    source = random.Random(seed)
    return [Fraction(round(1000 * source.gauss(0, 1)), 1000) for _ in range(count)]


def half_step_search(inputs: Inputs, evidence: Evidence) -> Finding:
    """Theorem 1 for the outline's quantizer: Z3 looks for a counterexample, which is then run.

    Inputs: `weights` in the channel, `narrow_max`, the largest narrow code (7 in the outline).
    """
    del evidence
    weights, top = int(inputs["weights"]), int(inputs["narrow_max"])
    found = find_channel(weights, HALF, narrow_max=top)
    if found is None:
        return Finding(
            verdict=Verdict.RECOMPUTED,
            text=f"The solver Z3 proves that no channel of {weights} whole-number weights with "
            f"narrow codes up to {top} has an error above half a step.",
            claimed="half a step",
            ours="half a step",
        )
    errors = paper_errors_in_steps([Fraction(w) for w in found])
    quantized = paper_quantize([Fraction(w) for w in found])
    worst = max(errors)
    return Finding(
        verdict=judged(worst <= HALF),
        text=f"The solver Z3 found the channel of weights {listed(found)}. The outline's "
        f"quantizer, run on it, gives the codes {listed(quantized.codes)} with the zero point "
        f"{quantized.zero} and the scale {show(quantized.scale)}: an error of {show(worst)} steps, "
        "where Theorem 1 allows half a step.",
        claimed="half a step",
        ours=f"{show(worst)} steps",
    )


def worst_error(inputs: Inputs, evidence: Evidence) -> Finding:
    """How large the error gets: attained by a channel, and Z3 finds none above it.

    Inputs: `bound`, the claimed bound in steps, `worst`, an attained error in steps.
    """
    del evidence
    worst, claimed = exact(inputs["worst"]), exact(inputs["bound"])
    below = find_channel(2, worst - Fraction(1, 100))
    above = find_channel(2, worst)
    attained = (
        Fraction(0) if below is None else max(paper_errors_in_steps([Fraction(w) for w in below]))
    )
    channel = "no channel" if below is None else f"the channel {listed(below)}"
    limit = "none errs by more" if above is None else f"{listed(above)} errs by more"
    return Finding(
        verdict=judged(attained <= claimed),
        text=f"The outline's quantizer errs by {show(attained)} steps on {channel}; the solver Z3, "
        f"asked for a worse channel of two weights, finds that {limit}.",
        claimed=f"{show(claimed)} steps",
        ours=f"{show(attained)} steps",
    )


def constant_channel(inputs: Inputs, evidence: Evidence) -> Finding:
    """The scale formula on a channel; a constant one divides by zero."""
    del evidence
    channel = channel_of(inputs)
    try:
        scale = paper_quantize(channel).scale
    except ZeroDivisionError:
        return Finding(
            verdict=Verdict.REFUTED,
            text=f"On the channel {listed(channel)} the outline's quantizer divides by zero: the "
            "range of the weights, and with it the scale, is zero, and the next line divides the "
            "minimum by the scale.",
            claimed="a scale for every channel",
            ours="division by zero",
        )
    return Finding(
        verdict=Verdict.RECOMPUTED,
        text=f"On the channel {listed(channel)} the outline's quantizer has the scale "
        f"{show(scale)}.",
        claimed="a scale for every channel",
        ours=show(scale),
    )


def zero_point_range(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether the zero point is a code, or fits the byte that stores it."""
    del evidence
    channel = channel_of(inputs)
    low, high = int(inputs["low"]), int(inputs["high"])
    zero = paper_quantize(channel).zero
    return Finding(
        verdict=judged(low <= zero <= high),
        text=f"On the channel {listed(channel)} the outline's quantizer has the zero point "
        f"{show(zero)}; what can be stored is {show(low)} to {show(high)}.",
        claimed=f"{show(low)} to {show(high)}",
        ours=show(zero),
    )


def absolute_error(inputs: Inputs, evidence: Evidence) -> Finding:
    """An absolute error bound against the outline's quantizer on one channel."""
    del evidence
    channel, bound = channel_of(inputs), exact(inputs["bound"])
    quantized = paper_quantize(channel)
    worst = max(
        abs(value - w) for value, w in zip(paper_dequantize(quantized), channel, strict=True)
    )
    span = 2 * STEPS * bound
    return Finding(
        verdict=judged(worst < bound),
        text=f"On the channel {listed(channel)} the outline's quantizer errs by {show(worst)}; "
        f"claimed is less than {show(bound)}. Even Theorem 1 promises half a scale only, which is "
        f"below {show(bound)} only for channels whose weights span less than {show(span)}.",
        claimed=f"less than {show(bound)}",
        ours=show(worst),
    )


def frobenius(inputs: Inputs, evidence: Evidence) -> Finding:
    """Frobenius error of the outline's quantizer against half a step per weight (T1n)."""
    del evidence
    channel = channel_of(inputs)
    quantized = paper_quantize(channel)
    squared = sum(
        ((v - w) ** 2 for v, w in zip(paper_dequantize(quantized), channel, strict=True)),
        Fraction(0),
    )
    bound = len(channel) * quantized.scale**2 / 4
    return Finding(
        verdict=judged(squared <= bound),
        text=f"On the channel {listed(channel)} the squared Frobenius error of the outline's "
        f"quantizer is {show(squared)}; half a step per weight would give at most {show(bound)}.",
        claimed=f"at most {show(bound)}",
        ours=show(squared),
    )


def narrow_saturation(inputs: Inputs, evidence: Evidence) -> Finding:
    """How many narrow codes are clipped, and how far off their weights end up."""
    del evidence
    channel = normal_channel(int(inputs["weights"]), int(inputs["seed"]))
    allowed = exact(inputs["allowed"])
    quantized = paper_quantize(channel)
    narrow = [i for i, wide in enumerate(quantized.wide) if not wide]
    errors = paper_errors_in_steps(channel)
    clipped = [i for i in narrow if errors[i] > HALF]
    share = Fraction(len(clipped), len(narrow))
    mean = sum((errors[i] for i in clipped), Fraction(0)) / max(1, len(clipped))
    return Finding(
        verdict=judged(share <= allowed),
        text=f"Of the {len(narrow)} narrow codes of {len(channel)} normally distributed weights, "
        f"{len(clipped)} ({show(100 * share, 3)} %) lie more than half a step off, by "
        f"{show(mean, 3)} steps on average: the codes that they need exceed 7.",
        claimed=f"at most {show(100 * allowed)} %",
        ours=f"{show(100 * share, 3)} %",
    )


def same_step(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether four-bit codes resolve finer than three-bit ones: both use the channel's scale."""
    del evidence
    channel = channel_of(inputs)
    wide = paper_quantize(channel).scale
    narrow = wide * exact(inputs["narrow_step_factor"])
    return Finding(
        verdict=judged(wide < narrow),
        text=f"On the channel {listed(channel)} a wide code has the step {show(wide)}, a narrow "
        f"code {show(narrow)}: the extra bit doubles the range, not the precision.",
        claimed="wide codes have a finer step",
        ours=f"the steps are as 1 to {show(narrow / wide)}",
    )


def outliers(inputs: Inputs, evidence: Evidence) -> Finding:
    """A channel with a few large weights: how well they are kept, and what the others pay.

    Inputs: `weights`, `seed`, `outliers` of them, each of size `outlier` (in standard deviations).
    """
    del evidence
    plain = normal_channel(int(inputs["weights"]), int(inputs["seed"]))
    large, size = int(inputs["outliers"]), exact(inputs["outlier"])
    changed = [size] * large + plain[large:]
    kept = max(paper_errors_in_steps(changed)[:large])

    def rms(channel: list[Fraction]) -> float:
        values = paper_dequantize(paper_quantize(channel))[large:]
        squared = sum((v - w) ** 2 for v, w in zip(values, channel[large:], strict=True))
        return math.sqrt(squared / len(values))

    growth = rms(changed) / rms(plain)
    return Finding(
        verdict=judged(kept <= HALF),
        text=f"In a channel of {len(plain)} normally distributed weights, {large} are replaced by "
        f"weights of {show(size)} standard deviations. These are kept within {show(kept, 3)} "
        "steps; the scale that they stretch multiplies the root mean square error of all other "
        f"weights by {show(growth, 3)}.",
        claimed="an error of at most half a step",
        ours=f"{show(kept, 3)} steps; the other errors grow {show(growth, 3)} times",
    )


def zero_point_conventions(inputs: Inputs, evidence: Evidence) -> Finding:
    """Section 3.1 subtracts the zero point before scaling, 3.3 adds it after: one decoder fits one.

    Runs both encoders with the one decoder of 3.4 on a grid of weights.
    """
    del evidence
    scale, zero = exact(inputs["scale"]), exact(inputs["zero_point"])
    weights = channel_of(inputs)

    def worst(encode: Callable[[Fraction], int]) -> Fraction:
        return max(abs((encode(w) - zero) * scale - w) for w in weights)

    early = worst(lambda w: rne((w - zero) / scale))
    late = worst(lambda w: rne(w / scale) + int(zero))
    agree = early <= scale / 2 and late <= scale / 2
    return Finding(
        verdict=Verdict.RECOMPUTED if agree else Verdict.INCONSISTENT,
        text=f"Decoded as section 3.4 says, with the scale {show(scale)} and the zero point "
        f"{show(zero)}, the encoder of section 3.1 errs by up to {show(early)} and the one of "
        f"section 3.3 by up to {show(late)}; half a step is {show(scale / 2)}.",
        claimed="both sections mean the same zero point",
        ours=f"errors of {show(early)} and {show(late)}",
    )


def requantize(inputs: Inputs, evidence: Evidence) -> Finding:
    """Quantizing a dequantized code gives the code back, for every grid: all are tried."""
    del evidence
    error = exact(inputs["relative_error"])
    tried = lost = 0
    for levels in (16, 8):
        for zero in range(levels):
            for k in (1, 2, 255):
                grid = Grid(Fraction(1, 1024), k, zero, levels)
                for code in range(levels):
                    value = grid_dequantize(code, grid)
                    tried += 1
                    lost += grid_quantize(value * (1 + error), grid) != code
    return Finding(
        verdict=judged(lost == 0),
        text=f"Of {show(tried)} codes, with every zero point and both widths, {lost} change when "
        f"they are dequantized and quantized again, on our grid (values taken with a relative "
        f"error of {show(error)}).",
        claimed="no code changes",
        ours=f"{lost} change",
    )

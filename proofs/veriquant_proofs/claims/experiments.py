"""Checks that run something: the outline's quantizer, its Lean snippet's floats, a small network.

Each function takes the inputs of its claim and reports what it found; none knows its verdict.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from veriquant_proofs.claims.evidence import OUTLINE_SOURCE, Evidence
from veriquant_proofs.claims.model import Finding, Inputs, Verdict
from veriquant_proofs.claims.printed import exact, half_width, show
from veriquant_proofs.claims.search import find_channel
from veriquant_spec.grid import Grid, fit_group
from veriquant_spec.grid import dequantize as grid_dequantize
from veriquant_spec.grid import quantize as grid_quantize
from veriquant_spec.memory import MODELS, model_footprint
from veriquant_spec.packing import pack, unpack
from veriquant_spec.paper import (
    STEPS,
    paper_dequantize,
    paper_errors_in_steps,
    paper_pack,
    paper_quantize,
    selection_bits,
    top_half,
)
from veriquant_spec.rounding import rne

HALF = Fraction(1, 2)


def _verdict(holds: bool) -> Verdict:
    return Verdict.RECOMPUTED if holds else Verdict.REFUTED


def _channel(values: object) -> list[Fraction]:
    assert isinstance(values, tuple)
    return [Fraction(v) for v in values]


def _listed(values: Sequence[object]) -> str:
    return "[" + ", ".join(show(v) for v in values) + "]"


# -- the outline's quantizer --------------------------------------------------------------------


def half_step_search(inputs: Inputs, evidence: Evidence) -> Finding:
    """Theorem 1 for the outline's quantizer: Z3 looks for a counterexample, which is then run.

    Inputs: `weights` in the channel, `narrow_max`, the largest narrow code (7 in the outline).
    """
    del evidence
    weights, top = int(inputs["weights"]), int(inputs["narrow_max"])
    found = find_channel(weights, HALF, narrow_max=top)
    if found is None:
        return Finding(
            Verdict.RECOMPUTED,
            f"Z3 proves: no channel of {weights} integer weights with narrow codes up to {top} "
            "has an error above half a step.",
            "1/2 step",
            "1/2 step",
        )
    errors = paper_errors_in_steps(_channel(found))
    quantized = paper_quantize(_channel(found))
    worst = max(errors)
    return Finding(
        _verdict(worst <= HALF),
        f"Z3 found the channel {_listed(found)}; paper_quantize gives codes "
        f"{_listed(quantized.codes)}, zero point {quantized.zero}, scale {show(quantized.scale)}, "
        f"and an error of {show(worst)} steps where Theorem 1 allows 1/2.",
        "1/2 step",
        f"{show(worst)} steps",
    )


def worst_error(inputs: Inputs, evidence: Evidence) -> Finding:
    """How large the error gets: attained by a channel, and Z3 finds none above it.

    Inputs: `claimed` bound in steps, `worst`, an attained error in steps.
    """
    del evidence
    worst, claimed = exact(inputs["worst"]), exact(inputs["claimed"])
    below = find_channel(2, worst - Fraction(1, 100))
    above = find_channel(2, worst)
    attained = Fraction(0) if below is None else max(paper_errors_in_steps(_channel(below)))
    channel = "no channel" if below is None else f"the channel {_listed(below)}"
    limit = "none exceeds it" if above is None else f"{_listed(above)} exceeds it"
    return Finding(
        _verdict(attained <= claimed),
        f"paper_quantize errs by {show(attained)} steps on {channel}; "
        f"Z3 over channels of two weights: {limit}.",
        f"{show(claimed)} steps",
        f"{show(attained)} steps",
    )


def constant_channel(inputs: Inputs, evidence: Evidence) -> Finding:
    """The scale formula on a channel; a constant one divides by zero."""
    del evidence
    channel = _channel(inputs["channel"])
    try:
        scale = paper_quantize(channel).scale
    except ZeroDivisionError as error:
        return Finding(
            Verdict.REFUTED,
            f"paper_quantize({_listed(channel)}) raises ZeroDivisionError: scale is "
            f"(max - min) / 15 = 0 and min / scale has no value ({error}).",
            "a scale for every channel",
            "division by zero",
        )
    return Finding(
        Verdict.RECOMPUTED,
        f"paper_quantize({_listed(channel)}) has scale {show(scale)}.",
        "a scale for every channel",
        show(scale),
    )


def zero_point_range(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether the zero point is a code: in `0..15`, or in the byte that stores it."""
    del evidence
    channel = _channel(inputs["channel"])
    low, high = int(inputs["low"]), int(inputs["high"])
    zero = paper_quantize(channel).zero
    return Finding(
        _verdict(low <= zero <= high),
        f"paper_quantize({_listed(channel)}) has the zero point {show(zero)}; "
        f"storable: {show(low)}..{show(high)}.",
        f"{show(low)}..{show(high)}",
        show(zero),
    )


def absolute_error(inputs: Inputs, evidence: Evidence) -> Finding:
    """An absolute error bound against the outline's quantizer on one channel."""
    del evidence
    channel, bound = _channel(inputs["channel"]), exact(inputs["bound"])
    quantized = paper_quantize(channel)
    worst = max(
        abs(value - w) for value, w in zip(paper_dequantize(quantized), channel, strict=True)
    )
    span = 2 * STEPS * bound
    return Finding(
        _verdict(worst < bound),
        f"paper_quantize({_listed(channel)}) errs by {show(worst)}; claimed below {show(bound)}. "
        f"Even Theorem 1 gives scale/2 only, below {show(bound)} only for channels that span "
        f"less than {show(span)}.",
        f"< {show(bound)}",
        show(worst),
    )


def frobenius(inputs: Inputs, evidence: Evidence) -> Finding:
    """Frobenius error of the outline's quantizer against half a step per weight (T1n)."""
    del evidence
    channel = _channel(inputs["channel"])
    quantized = paper_quantize(channel)
    squared = sum(
        ((v - w) ** 2 for v, w in zip(paper_dequantize(quantized), channel, strict=True)),
        Fraction(0),
    )
    bound = len(channel) * quantized.scale**2 / 4
    return Finding(
        _verdict(squared <= bound),
        f"On {_listed(channel)} the squared Frobenius error is {show(squared)}; "
        f"half a step per weight would give at most {show(bound)}.",
        f"squared norm <= {show(bound)}",
        show(squared),
    )


def normal_channel(count: int, seed: int) -> list[Fraction]:
    """`count` weights from a standard normal, in units of 1/1000: a stand-in for a trained row."""
    source = random.Random(seed)
    return [Fraction(round(1000 * source.gauss(0, 1)), 1000) for _ in range(count)]


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
        _verdict(share <= allowed),
        f"Of {len(narrow)} narrow codes of {len(channel)} normal weights (seed {inputs['seed']}), "
        f"{len(clipped)} ({show(100 * share, 3)} %) lie more than half a step off, by "
        f"{show(mean, 3)} steps on average: their codes exceed 7.",
        f"at most {show(100 * allowed)} %",
        f"{show(100 * share, 3)} %",
    )


def same_step(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether four-bit codes resolve finer than three-bit ones: both use the channel's scale."""
    del evidence
    channel = _channel(inputs["channel"])
    quantized = paper_quantize(channel)
    wide_step = narrow_step = quantized.scale
    factor = exact(inputs["narrow_step_factor"])
    narrow_step *= factor
    return Finding(
        _verdict(wide_step < narrow_step),
        f"On {_listed(channel)} the step of a wide code is {show(wide_step)}, of a narrow code "
        f"{show(narrow_step)}: the extra bit doubles the range, not the precision.",
        "wide codes finer",
        f"ratio {show(narrow_step / wide_step)}",
    )


def bits_per_weight(inputs: Inputs, evidence: Evidence) -> Finding:
    """Bits that the outline's scheme stores per weight, piece by piece."""
    del evidence
    weights, claimed = int(inputs["weights"]), exact(inputs["claimed"])
    channel = normal_channel(weights, int(inputs["seed"]))
    packed = Fraction(8 * len(paper_pack(paper_quantize(channel))), weights)
    dense = Fraction(7, 2)
    base = packed if inputs["one_pair_per_byte"] else dense
    selection = Fraction(selection_bits(weights), weights) if inputs["selection"] else Fraction(0)
    metadata = Fraction(int(inputs["metadata_bits"]), weights)
    total = base + selection + metadata
    parts = [f"codes {show(base)}"]
    if inputs["selection"]:
        parts.append(f"which half is wide {show(selection)}")
    if metadata:
        parts.append(f"scale and zero point {show(metadata)}")
    return Finding(
        _verdict(abs(total - claimed) <= half_width(inputs["claimed"])),
        f"A channel of {show(weights)} weights takes {' + '.join(parts)} = {show(total)} bits per "
        f"weight; claimed {show(claimed)}.",
        f"{show(claimed)} bits",
        f"{show(total)} bits",
        show(half_width(inputs["claimed"])),
    )


def our_bits(inputs: Inputs, evidence: Evidence) -> Finding:
    """The claimed bits per weight beside our own format's, all metadata counted."""
    del evidence
    model = MODELS[str(inputs["model"])]
    bits = Fraction(model_footprint(model, int(inputs["group_size"])).bits_per_weight)
    claimed = exact(inputs["claimed"])
    return Finding(
        _verdict(bits <= claimed),
        f"{model.name} in our format, groups of {inputs['group_size']} pairs, takes "
        f"{show(bits)} bits per quantized weight with scales, factors, zero points and "
        f"permutation counted.",
        f"<= {show(claimed)} bits",
        f"{show(bits)} bits",
    )


def zero_point_conventions(inputs: Inputs, evidence: Evidence) -> Finding:
    """Section 3.1 subtracts the zero point before scaling, 3.3 adds it after: one decoder fits one.

    Runs both encoders with the one decoder of 3.4 on a grid of weights.
    """
    del evidence
    scale, zero = exact(inputs["scale"]), exact(inputs["zero_point"])
    weights = _channel(inputs["weights"])

    def worst(encode: Callable[[Fraction], int]) -> Fraction:
        return max(abs((encode(w) - zero) * scale - w) for w in weights)

    early = worst(lambda w: rne((w - zero) / scale))
    late = worst(lambda w: rne(w / scale) + int(zero))
    agree = early <= scale / 2 and late <= scale / 2
    return Finding(
        Verdict.RECOMPUTED if agree else Verdict.INCONSISTENT,
        f"Decoded as 3.4 says, scale {show(scale)} and zero point {show(zero)}: the encoder of 3.1 "
        f"errs by up to {show(early)}, the one of 3.3 by up to {show(late)} "
        f"(half a step is {show(scale / 2)}).",
        "3.1 and 3.3 mean the same zero point",
        f"{show(early)} against {show(late)}",
    )


def pair_states(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether every pair of codes has a seven-bit word of its own: all of them are tried."""
    del evidence
    wide, narrow, bits = int(inputs["wide"]), int(inputs["narrow"]), int(inputs["bits"])
    words = {pack(a, b) for a in range(wide) for b in range(narrow)}
    back = all(unpack(pack(a, b)) == (a, b) for a in range(wide) for b in range(narrow))
    holds = len(words) == wide * narrow and max(words) < 2**bits and back
    return Finding(
        _verdict(holds),
        f"{wide * narrow} pairs map to {len(words)} words, the largest {max(words)} "
        f"(below {2**bits}: {max(words) < 2**bits}); unpacking gives back every pair: {back}.",
        f"{bits} bits",
        f"{max(words).bit_length()} bits",
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
        _verdict(lost == 0),
        f"{show(tried)} codes of every zero point and both widths: {lost} change when dequantized "
        f"and quantized again (values taken with a relative error of {show(error)}).",
        "no code changes",
        f"{lost} change",
    )


# -- Lean and Ada snippets ----------------------------------------------------------------------


def float_theorem(inputs: Inputs, evidence: Evidence) -> Finding:
    """The Lean theorem over `Float`, `|q * s - x| <= s / 2`, on one pair of doubles."""
    del evidence
    x, s = float(inputs["x"]), float(inputs["scale"])
    quotient = x / s if s else math.copysign(math.inf, s) * x  # IEEE 754 division by zero
    if math.isfinite(quotient):
        value = float(rne(Fraction(quotient))) * s
        error = abs(value - x)
    else:
        error = math.nan
    holds = error <= s / 2
    return Finding(
        _verdict(holds),
        f"In double precision, x = {x!r}, scale = {s!r}: x / scale = {quotient!r}, "
        f"|q * scale - x| = {error!r}, scale / 2 = {s / 2!r}; the inequality is {holds}.",
        "holds for all Float x and scale",
        f"{error!r} against {s / 2!r}",
    )


def free_variables(inputs: Inputs, evidence: Evidence) -> Finding:
    """Names in a quantified Ada condition that neither a quantifier nor a parameter binds."""
    del evidence
    condition = str(inputs["condition"])
    bound = set(re.findall(r"for all (\w+) in", condition)) | set(inputs["parameters"])
    words = set(re.findall(r"[A-Za-z]\w*", condition)) - {"for", "all", "in", "abs", "and"}
    free = sorted(words - bound)
    return Finding(
        Verdict.RECOMPUTED if not free else Verdict.INCONSISTENT,
        f"In `{condition}` the names bound are {', '.join(sorted(bound))}; "
        f"free: {', '.join(free) or 'none'}.",
        "a closed condition",
        f"free: {', '.join(free) or 'none'}",
    )


def unproved_marker(inputs: Inputs, evidence: Evidence) -> Finding:
    """A Lean proof text that ends in `sorry` proves nothing and rests on the axiom `sorryAx`."""
    lean = str(inputs["proof"])
    has = re.search(r"\bsorry\b", lean) is not None
    ours = ""
    if evidence.lean is not None:
        theorems = evidence.theorems()
        axioms = sum(bool(t.get("axioms")) for t in theorems)
        ours = f" Ours: {len(theorems)} theorems checked, {axioms} of them with an axiom."
    return Finding(
        Verdict.INCONSISTENT if has else Verdict.RECOMPUTED,
        f"The text printed is `{lean}`; it {'contains' if has else 'does not contain'} `sorry`, "
        f"which Lean accepts by the axiom sorryAx.{ours}",
        str(inputs["claimed"]),
        "sorry" if has else "no sorry",
    )


# -- theorem 3 ----------------------------------------------------------------------------------


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
        local.append(
            abs(
                max(Fraction(0), (gain + delta) * quantized_out)
                - max(Fraction(0), gain * quantized_out)
            )
        )
        exact_out = max(Fraction(0), gain * exact_out)
        quantized_out = max(Fraction(0), (gain + delta) * quantized_out)
    error = abs(quantized_out - exact_out)
    activation_bound = sum(local, Fraction(0))  # lambda = 1, the constant of ReLU
    layer_bound = sum((e * gain ** (layers - 1 - i) for i, e in enumerate(local)), Fraction(0))
    return Finding(
        _verdict(error <= activation_bound),
        f"{layers} ReLU layers of weight {show(gain)}, each quantized to {show(gain + delta)}: the "
        f"outputs differ by {show(error)}. With lambda = 1, the Lipschitz constant of ReLU, the "
        f"theorem allows {show(activation_bound)}; with lambda = {show(gain)}, that of the whole "
        f"layer, {show(layer_bound)}.",
        f"<= {show(activation_bound)}",
        show(error),
    )


def swiglu_growth(inputs: Inputs, evidence: Evidence) -> Finding:
    """Difference quotients of SwiGLU, `silu(t) * t`, far out: bounded for a Lipschitz function."""
    del evidence
    points = [float(p) for p in inputs["points"]]
    activation = str(inputs["activation"])
    functions: dict[str, Callable[[float], float]] = {
        "SwiGLU": lambda t: t / (1 + math.exp(-t)) * t,
        "ReLU": lambda t: max(0.0, t),
    }
    function = functions[activation]
    quotients = [function(t + 1) - function(t) for t in points]
    grows = all(b > 1.5 * a for a, b in pairwise(quotients))
    return Finding(
        _verdict(not grows),
        f"{activation} along the diagonal: |f(t + 1) - f(t)| = "
        f"{', '.join(show(q, 4) for q in quotients)} at t = "
        f"{', '.join(show(p, 4) for p in points)}; "
        f"{'it grows without bound, no Lipschitz constant exists' if grows else 'bounded'}.",
        "a bounded Lipschitz constant",
        f"{show(quotients[-1], 4)} at t = {show(points[-1], 4)}",
    )


def error_growth(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether the theorem's sum grows linearly in the number of layers, at the lambda given."""
    del evidence
    factor, eps = exact(inputs["lambda"]), exact(inputs["epsilon"])
    layers = int(inputs["layers"])

    def total(n: int) -> Fraction:
        return sum((eps * factor ** (n - i) for i in range(1, n + 1)), Fraction(0))

    half, full = total(layers // 2), total(layers)
    ratio = full / half
    return Finding(
        _verdict(ratio <= Fraction(21, 10)),
        f"With lambda = {show(factor)} the bound of Theorem 3 is {show(float(half))} at "
        f"{layers // 2} layers and {show(float(full))} at {layers}: twice the layers, "
        f"{show(float(ratio))} times the bound (2 if linear).",
        "doubles",
        f"times {show(float(ratio))}",
    )


def predicted_error(inputs: Inputs, evidence: Evidence) -> Finding:
    """The outline's prediction in percent, its own formula evaluated, and what would give it."""
    del evidence
    layers, eps, factor = int(inputs["layers"]), exact(inputs["epsilon"]), exact(inputs["lambda"])
    claimed = exact(inputs["claimed"])
    own = 100 * layers * eps * factor**layers
    theorem = 100 * sum((eps * factor ** (layers - i) for i in range(1, layers + 1)), Fraction(0))
    linear = 100 * layers * eps
    return Finding(
        _verdict(abs(own - claimed) <= half_width(inputs["claimed"])),
        f"{layers} * {show(eps)} * {show(factor)}^{layers} with {show(factor)}^{layers} = "
        f"{show(float(factor**layers), 8)} is {show(float(own))} %; the sum of Theorem 3 is "
        f"{show(float(theorem))} %, and even lambda = 1 gives {show(linear)} %.",
        f"{show(claimed)} %",
        f"{show(float(own))} %",
        show(half_width(inputs["claimed"])),
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
            out[i] = grid_dequantize(grid_quantize(row[i], grid), grid)
    return out


# -- cost and capacity --------------------------------------------------------------------------


def sort_cost(inputs: Inputs, evidence: Evidence) -> Finding:
    """Comparisons per weight of sorting by magnitude, at growing sizes: constant if linear."""
    del evidence
    sizes = [int(n) for n in inputs["sizes"]]
    method = str(inputs["method"])
    per_weight = [Fraction(_comparisons(normal_channel(n, 0), method), n) for n in sizes]
    grows = all(b > a + HALF for a, b in pairwise(per_weight))
    return Finding(
        Verdict.INCONSISTENT if grows else Verdict.RECOMPUTED,
        f"Ranking {', '.join(show(n) for n in sizes)} weights by {method} takes "
        f"{', '.join(show(c, 3) for c in per_weight)} comparisons per weight: "
        f"{'more with each doubling, not O(m n)' if grows else 'linear'}. Selecting the top half "
        "needs no sort, so the claim can be kept by selection.",
        "O(m n)",
        "O(m n log(m n))" if grows else "O(m n)",
    )


class _Counted:
    """A magnitude that counts the comparisons made of it."""

    count = 0

    def __init__(self, value: Fraction) -> None:
        self.value = value

    def __lt__(self, other: _Counted) -> bool:
        _Counted.count += 1
        return self.value < other.value


def _comparisons(weights: Sequence[Fraction], method: str) -> int:
    _Counted.count = 0
    magnitudes = [_Counted(abs(w)) for w in weights]
    if method == "sorting":
        sorted(magnitudes)
    elif method == "selection":
        _select(magnitudes, len(magnitudes) // 2)
    else:
        raise ValueError(f"{method!r} is neither 'sorting' nor 'selection'")
    return _Counted.count


def _select(items: list[_Counted], rank: int) -> _Counted:
    """The item of this rank, by Hoare's quickselect with the median of three as pivot."""
    while len(items) > 1:
        low, middle, high = items[0], items[len(items) // 2], items[-1]
        pivot = sorted((low, middle, high))[1]
        below = [x for x in items if x < pivot]
        if rank < len(below):
            items = below
            continue
        rest = [x for x in items if pivot < x]
        if rank < len(items) - len(rest):
            return pivot
        rank -= len(items) - len(rest)
        items = rest
    return items[0]


def decode_cost(inputs: Inputs, evidence: Evidence) -> Finding:
    """Multiply-accumulates of one token against the context: proportional to it as claimed?"""
    del evidence
    model = MODELS[str(inputs["model"])]
    short, long = (int(s) for s in inputs["contexts"])
    ratio = Fraction(model.decode_macs(long), model.decode_macs(short))
    claimed = Fraction(long, short)
    return Finding(
        _verdict(ratio > (1 + claimed) / 2),
        f"One token of {model.name} costs {show(float(ratio))} times as much at a context of "
        f"{show(long)} as at {show(short)}, where O(L d^2 s) says {show(claimed)} times: the "
        "weights are read once per token, only attention grows with s, by O(L d s).",
        f"times {show(claimed)}",
        f"times {show(float(ratio))}",
    )


def channel_count(inputs: Inputs, evidence: Evidence) -> Finding:
    """Output channels of a model, from its published shapes, against the printed number."""
    del evidence
    model = MODELS[str(inputs["model"])]
    ours = model.output_channels
    claimed = inputs["claimed"]
    return Finding(
        _verdict(abs(ours - exact(claimed)) <= half_width(claimed)),
        f"{model.name} ({model.source}) has {show(ours)} output channels in its linear layers "
        f"and head; claimed {show(claimed)}.",
        show(claimed),
        show(ours),
        show(half_width(claimed)),
    )


def longest_reduction(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether Theorem 2's bound on K covers every linear layer of a model."""
    del evidence
    model, limit = MODELS[str(inputs["model"])], int(inputs["K"])
    longest = model.longest_reduction
    worst = longest // 2 * 128 * 15
    return Finding(
        Verdict.RECOMPUTED if longest <= limit else Verdict.INCONSISTENT,
        f"The longest reduction of {model.name} has {show(longest)} input channels "
        f"(hidden {show(model.hidden)}, feed-forward {show(model.feed_forward)}); Theorem 2 asks "
        f"K <= {show(limit)}. Its conclusion still holds there: the wide half reaches at most "
        f"{show(longest)}/2 * 128 * 15 = {show(worst)}, "
        f"{'below' if worst < 2**30 else 'not below'} 2^30.",
        f"K <= {show(limit)}",
        f"K = {show(longest)}",
    )


def architecture_number(inputs: Inputs, evidence: Evidence) -> Finding:
    """A number of a model's architecture, against its published shape."""
    del evidence
    model, what = MODELS[str(inputs["model"])], str(inputs["property"])
    ours = int(getattr(model, what))
    claimed = inputs["claimed"]
    nominal = exact(inputs.get("nominal_percent", 0)) / 100
    tolerance = max(half_width(claimed), nominal * ours)
    note = f" A nominal size, taken within {show(100 * nominal)} %." if nominal else ""
    return Finding(
        _verdict(abs(ours - exact(claimed)) <= tolerance),
        f"{model.name} ({model.source}): {what.replace('_', ' ')} {show(ours)}; "
        f"claimed {show(claimed)}.{note}",
        show(claimed),
        show(ours),
        show(tolerance),
    )


#: Exponents of (gigabyte, second, token) of the units in paper 3.5.
UNITS = {"GB": (1, 0, 0), "GB/s": (1, -1, 0), "tok/s": (0, -1, 1), "GB/tok": (1, 0, -1)}


def unit_product(inputs: Inputs, evidence: Evidence) -> Finding:
    """The unit of `a * (b / c)` or `a * b`, against the unit printed."""
    del evidence
    a, b = UNITS[str(inputs["a"])], UNITS[str(inputs["b"])]
    c = UNITS[str(inputs["c"])] if inputs["c"] else (0, 0, 0)
    got = tuple(x + y - z for x, y, z in zip(a, b, c, strict=True))
    want = UNITS[str(inputs["claimed"])]
    named = " ".join(
        f"{unit}^{power}" for unit, power in zip(("GB", "s", "token"), got, strict=True) if power
    )
    return Finding(
        _verdict(got == want),
        f"The unit of the formula is {named or '1'}, not {inputs['claimed']}; bytes per token "
        "times tokens per second would be.",
        str(inputs["claimed"]),
        named or "1",
    )


# -- the outline's repository -------------------------------------------------------------------


def source_count(inputs: Inputs, evidence: Evidence) -> Finding:
    """A count over a checkout of the outline's code: lines of files, or lines that match.

    Inputs: `claimed`, `suffix` of the files, `pattern` that a counted line matches.
    """
    claimed = inputs["claimed"]
    missing = evidence.missing((OUTLINE_SOURCE,))
    if missing:
        requests = tuple(r.request for r in missing)
        return Finding(
            Verdict.NOT_REPRODUCIBLE,
            f"Would need: {'; '.join(requests)}; its *{inputs['suffix']} files are then counted.",
            show(claimed),
            needs=requests,
        )
    root = Path(evidence.environment[OUTLINE_SOURCE.variable])
    pattern = re.compile(str(inputs["pattern"]))
    files = sorted(p for p in root.rglob(f"*{inputs['suffix']}") if ".git" not in p.parts)
    count = sum(
        pattern.search(line) is not None
        for path in files
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
    )
    return Finding(
        _verdict(abs(count - exact(claimed)) <= half_width(claimed)),
        f"{len(files)} *{inputs['suffix']} files have {show(count)} lines that match "
        f"/{inputs['pattern']}/; claimed {show(claimed)}.",
        show(claimed),
        show(count),
        show(half_width(claimed)),
    )

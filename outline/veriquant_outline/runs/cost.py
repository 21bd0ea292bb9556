"""Costs: comparisons of a sort, arithmetic of a token, units of a formula."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from veriquant_outline.evidence import Evidence
from veriquant_outline.model import Finding, Inputs, Verdict, judged
from veriquant_outline.printed import show
from veriquant_outline.runs.quantizer import HALF, normal_channel
from veriquant_outline.words import listed
from veriquant_spec.memory import MODELS

CHECKS = ("sort_cost", "decode_cost", "unit_product")


def sort_cost(inputs: Inputs, evidence: Evidence) -> Finding:
    """Comparisons per weight of sorting by magnitude, at growing sizes: constant if linear."""
    del evidence
    sizes = [int(n) for n in inputs["sizes"]]
    method = str(inputs["method"])
    per_weight = [Fraction(_comparisons(normal_channel(n, 0), method), n) for n in sizes]
    grows = all(b > a + HALF for a, b in pairwise(per_weight))
    return Finding(
        verdict=Verdict.INCONSISTENT if grows else Verdict.RECOMPUTED,
        text=f"Ranking {listed([show(n) for n in sizes])} weights by {method} takes "
        f"{listed([show(c, 3) for c in per_weight])} comparisons per weight: "
        f"{'more with each doubling, not linear time' if grows else 'linear time'}. Selecting the "
        "top half needs no sort, so the claim can be kept by selection.",
        claimed="linear time",
        ours="linear time times a logarithm" if grows else "linear time",
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
        verdict=judged(ratio > (1 + claimed) / 2),
        text=f"One token of {model.name} costs {show(float(ratio))} times as many multiplications "
        f"at a context of {show(long)} tokens as at {show(short)}, where the formula says "
        f"{show(claimed)} times: the weights are read once per token, only attention grows with "
        "the length of the sequence.",
        claimed=f"{show(claimed)} times",
        ours=f"{show(float(ratio))} times",
    )


#: Exponents of (gigabyte, second, token) of the units in paper 3.5.
UNITS = {"GB": (1, 0, 0), "GB/s": (1, -1, 0), "tok/s": (0, -1, 1), "GB/tok": (1, 0, -1)}
_NO_UNIT = (0, 0, 0)


def unit_product(inputs: Inputs, evidence: Evidence) -> Finding:
    """The unit of `factor * (dividend / divisor)`, against the unit printed.

    Inputs: `units` of factor and dividend, and of the divisor where there is one; `claimed`.
    """
    del evidence
    a, b, *rest = (UNITS[unit] for unit in inputs["units"])
    c = rest[0] if rest else _NO_UNIT
    got = tuple(x + y - z for x, y, z in zip(a, b, c, strict=True))
    want = UNITS[str(inputs["claimed"])]
    named = " × ".join(
        f"{unit}^{power}" if power != 1 else unit
        for unit, power in zip(("GB", "seconds", "tokens"), got, strict=True)
        if power
    )
    return Finding(
        verdict=judged(got == want),
        text=f"The formula has the unit {named or 'of a plain number'}, where {inputs['claimed']} "
        "is printed. Bytes per token times tokens per second would be bytes per second.",
        claimed=str(inputs["claimed"]),
        ours=named or "a plain number",
    )

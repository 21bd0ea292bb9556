"""Statements in Lean, Ada and English that a program can read, and counts over sources."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path

from veriquant_outline.evidence import Evidence, resource
from veriquant_outline.model import Finding, Inputs, Verdict, judged
from veriquant_outline.printed import exact, half_width, show
from veriquant_outline.words import listed
from veriquant_spec.rounding import rne

CHECKS = ("float_theorem", "free_variables", "unproved_marker", "source_count", "word_count")


def float_theorem(inputs: Inputs, evidence: Evidence) -> Finding:
    """The Lean theorem over `Float`, `|q * s - x| <= s / 2`, on pairs of doubles.

    Inputs: `x` and `scale`, lists of doubles as text.
    """
    del evidence
    broken = []
    pairs = [(float(x), float(s)) for x, s in zip(inputs["x"], inputs["scale"], strict=True)]
    for x, s in pairs:
        quotient = x / s if s else math.copysign(math.inf, s) * x  # IEEE 754 division by zero
        value = float(rne(Fraction(quotient))) * s if math.isfinite(quotient) else math.nan
        error = abs(value - x)
        if not error <= s / 2:
            broken.append(f"value {x!r} and scale {s!r} give an error of {error!r}")
    return Finding(
        verdict=judged(not broken),
        text=f"In double precision, with no condition on the scale, the inequality fails for "
        f"{len(broken)} of {len(pairs)} pairs tried"
        f"{': ' + '; '.join(broken) if broken else ''}.",
        claimed="holds for every value and scale",
        ours=f"fails for {len(broken)} of {len(pairs)} pairs",
    )


def free_variables(inputs: Inputs, evidence: Evidence) -> Finding:
    """Names in a quantified Ada condition that neither a quantifier nor a parameter binds."""
    del evidence
    condition = str(inputs["condition"])
    bound = set(re.findall(r"for all (\w+) in", condition)) | set(inputs["parameters"])
    said = set(re.findall(r"[A-Za-z]\w*", condition)) - {"for", "all", "in", "abs", "and"}
    free = sorted(said - bound)
    return Finding(
        verdict=Verdict.RECOMPUTED if not free else Verdict.INCONSISTENT,
        text=f"The condition `{condition}` declares or takes {listed(sorted(bound))}; it uses "
        f"{listed(free) if free else 'nothing'} besides, which has no meaning there.",
        claimed="every name has a meaning",
        ours=f"no meaning: {listed(free) or 'none'}",
    )


def unproved_marker(inputs: Inputs, evidence: Evidence) -> Finding:
    """A Lean proof text that ends in `sorry` proves nothing and rests on the axiom `sorryAx`."""
    lean = str(inputs["proof"])
    has = re.search(r"\bsorry\b", lean) is not None
    ours = ""
    if evidence.lean is not None:
        theorems = evidence.theorems()
        axioms = sum(bool(t.get("axioms")) for t in theorems)
        ours = f" Of our own {len(theorems)} theorems, {axioms} rest on an axiom."
    return Finding(
        verdict=Verdict.INCONSISTENT if has else Verdict.RECOMPUTED,
        text=f"The proof printed is `{lean}`. It {'contains' if has else 'does not contain'} the "
        f"word sorry, by which Lean accepts any statement as an axiom.{ours}",
        claimed=str(inputs["claimed"]),
        ours="sorry" if has else "no sorry",
    )


def word_count(inputs: Inputs, evidence: Evidence) -> Finding:
    """Words of a text of the outline, counted at its spaces, against the printed number.

    Inputs: `claimed`, `passage`, `allowed`, the difference in percent that passes for rounding.
    """
    del evidence
    ours, claimed = len(str(inputs["passage"]).split()), exact(inputs["claimed"])
    share = 100 * abs(ours - claimed) / claimed
    return Finding(
        verdict=judged(share <= exact(inputs["allowed"])),
        text=f"The text has {ours} words, counted at its spaces; {show(claimed)} are announced, "
        f"{show(share, 3)} % off, where up to {show(inputs['allowed'])} % would pass for rounding.",
        claimed=f"{show(claimed)} words",
        ours=f"{ours} words",
    )


def source_count(inputs: Inputs, evidence: Evidence) -> Finding:
    """A count over a checkout of the outline's code: lines of files, or lines that match.

    Inputs: `claimed`, `suffix` of the files, `pattern` that a counted line matches, `counted`,
    what such lines are.
    """
    claimed, needed = inputs["claimed"], resource("outline-source")
    if evidence.missing((needed,)):
        return Finding(
            verdict=Verdict.NOT_REPRODUCIBLE,
            text=f"This would need {needed.needs}; the {inputs['counted']} of its "
            f"*{inputs['suffix']} files would then be counted.",
            claimed=show(claimed),
            needs=(needed.request,),
        )
    root = Path(evidence.environment[needed.variable])
    pattern = re.compile(str(inputs["pattern"]))
    found = sorted(p for p in root.rglob(f"*{inputs['suffix']}") if ".git" not in p.parts)
    count = sum(
        pattern.search(line) is not None
        for path in found
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
    )
    return Finding(
        verdict=judged(abs(count - exact(claimed)) <= half_width(claimed)),
        text=f"{len(found)} *{inputs['suffix']} files have {show(count)} {inputs['counted']}; the "
        f"outline says {show(claimed)}.",
        claimed=show(claimed),
        ours=show(count),
        tolerance=show(half_width(claimed)),
    )

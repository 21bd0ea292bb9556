"""Checks that put our own measurements beside claimed numbers; never a verdict on the claim itself.

The verdict is `measured` when the evidence is there and `open` when it is not.
"""

from __future__ import annotations

from collections.abc import Mapping

from veriquant_outline import quality
from veriquant_outline.evidence import NO_MEASUREMENT, NO_PROOF, Evidence, Link, is_proved
from veriquant_outline.model import Finding, Inputs, Verdict
from veriquant_outline.printed import show
from veriquant_outline.quality import Measured
from veriquant_outline.runs.growth import orthogonal_errors
from veriquant_spec.requirements import requirements

CHECKS = (
    "quality_loss", "ablation", "pareto", "layer_errors", "lean_count", "condition_count",
    "coverage",
)  # fmt: skip

QUALITY = Link("measurement", "build/bench/quality.json", "quality measurements")

#: Kinds of VCs (core.checks.Kind) that the outline's three groups of 5.2 correspond to.
KIND_GROUPS: Mapping[str, tuple[str, ...]] = {
    "precondition": ("precondition",),
    "postcondition": ("postcondition",),
    "loop invariant": ("loop invariant initialization", "loop invariant preservation"),
}


def _open(inputs: Inputs, why: str) -> Finding:
    return Finding(verdict=Verdict.OPEN, text=f"{why}.", claimed=show(inputs["claimed"]))


def _described(row: Measured) -> str:
    return f"{row.name}: perplexity {show(row.perplexity, 4)} at {show(row.bits, 4)} bits"


def quality_loss(inputs: Inputs, evidence: Evidence) -> Finding:
    """Our perplexity beside the unquantized one, for the family named by `method`."""
    found = quality.rows(evidence)
    base, row = quality.best(found, quality.FLOAT), quality.best(found, str(inputs["method"]))
    ours = quality.best(found, quality.OURS)
    if base is None or row is None or ours is None:
        return _open(inputs, NO_MEASUREMENT)
    loss = 100 * (row.perplexity / base.perplexity - 1)
    shown = [base, ours] if row is ours else [base, ours, row]
    return Finding(
        verdict=Verdict.MEASURED,
        text=f"On {quality.where(evidence)}: {'; '.join(_described(r) for r in shown)}. Perplexity "
        f"rises by {show(loss, 3)} % for {row.name}. Another model and another measure than the "
        "claim's: it neither confirms nor refutes it.",
        claimed=show(inputs["claimed"]),
        ours=f"+{show(loss, 3)} % perplexity ({row.name})",
        links=(QUALITY,),
    )


def ablation(inputs: Inputs, evidence: Evidence) -> Finding:
    """Our format beside the same with one grid per channel (`groups`) or 4-bit codes (`split`)."""
    found = quality.rows(evidence)
    ours = quality.best(found, quality.OURS)
    other = None
    if ours is not None and inputs["ablation"] == "groups":
        other = quality.per_channel(found, ours)
    elif inputs["ablation"] == "split":
        other = quality.best(found, quality.INT4)
    if ours is None or other is None:
        return _open(inputs, NO_MEASUREMENT)
    return Finding(
        verdict=Verdict.MEASURED,
        text=f"On {quality.where(evidence)}: {_described(ours)}; {_described(other)}. Another "
        "model and another measure than the claim's.",
        claimed=show(inputs["claimed"]),
        ours=f"perplexity {show(ours.perplexity, 4)} against {show(other.perplexity, 4)}",
        links=(QUALITY,),
    )


def pareto(inputs: Inputs, evidence: Evidence) -> Finding:
    """Which measured methods no other one beats in both bits and perplexity."""
    found = quality.rows(evidence)
    if quality.best(found, quality.OURS) is None:
        return _open(inputs, NO_MEASUREMENT)
    edge = quality.frontier(found)
    on = any(row.family == quality.OURS for row in edge)
    return Finding(
        verdict=Verdict.MEASURED,
        text=f"On {quality.where(evidence)}, of {sum(r.family != quality.FLOAT for r in found)} "
        f"methods the frontier has {', '.join(row.name for row in edge)}; "
        f"ours is {'on it' if on else 'not on it'}.",
        claimed=show(inputs["claimed"]),
        ours="on the frontier" if on else "not on the frontier",
        links=(QUALITY,),
    )


def layer_errors(inputs: Inputs, evidence: Evidence) -> Finding:
    """Measured error after each layer: of the benchmark's model, else of a synthetic network."""
    rows = quality.layers(evidence)
    links: tuple[Link, ...] = ()
    if len(rows) > 1:
        errors = [float(row["measured"]) for row in rows]
        what, links = quality.where(evidence), (QUALITY,)
    else:
        errors = orthogonal_errors(int(inputs["layers"]), int(inputs["width"]), int(inputs["seed"]))
        what = (
            f"a synthetic network of {inputs['layers']} orthogonal {inputs['width']} by "
            f"{inputs['width']} layers with a Lipschitz constant of 1, quantized by our grid"
        )
    half = errors[len(errors) // 2 - 1]
    return Finding(
        verdict=Verdict.MEASURED,
        text=f"On {what}: a relative error of {show(errors[0], 3)} after the first layer, "
        f"{show(half, 3)} after {len(errors) // 2}, {show(errors[-1], 3)} after {len(errors)}: "
        f"{show(errors[-1] / half, 3)} times from half to all layers, where linear growth gives 2; "
        "see figure 4.",
        claimed=show(inputs["claimed"]),
        ours=f"times {show(errors[-1] / half, 3)} from half to all layers",
        links=links,
    )


def lean_count(inputs: Inputs, evidence: Evidence) -> Finding:
    """How many theorems our Lean development has."""
    if evidence.lean is None:
        return _open(inputs, "The evidence is not there yet (run make lean)")
    theorems = evidence.theorems()
    holes = sum(bool(t.get("axioms")) for t in theorems)
    return Finding(
        verdict=Verdict.MEASURED,
        text=f"Our Lean development has {len(theorems)} checked theorems, {holes} with an axiom. "
        "It covers these results; the claimed count is of another development.",
        claimed=show(inputs["claimed"]),
        ours=show(len(theorems)),
        links=(Link("measurement", "build/verify/lean.json", "Lean report"),),
    )


def condition_count(inputs: Inputs, evidence: Evidence) -> Finding:
    """How many VCs of a kind our kernels have."""
    if not evidence.conditions():
        return _open(inputs, NO_PROOF)
    counts = evidence.vc_kinds()
    wanted = str(inputs["kinds"])
    kinds = tuple(counts) if wanted == "all" else KIND_GROUPS[wanted]
    total = sum(counts[kind] for kind in kinds)
    proved = sum(is_proved(vc) and str(vc.get("kind")) in kinds for vc in evidence.conditions())
    return Finding(
        verdict=Verdict.MEASURED,
        text=f"Our kernels have {show(total)} conditions of this kind, {show(proved)} proved. It "
        "is another code base, so that the counts need not be equal.",
        claimed=show(inputs["claimed"]),
        ours=show(total),
        links=(Link("measurement", "build/verify/report.json", "VC report"),),
    )


def coverage(inputs: Inputs, evidence: Evidence) -> Finding:
    """The share of our requirements that are proved."""
    if evidence.report is None and evidence.lean is None:
        return _open(inputs, NO_PROOF)
    states = {name: evidence.proof((name,)).status for name in requirements()}
    proved = [name for name, status in states.items() if status == "proved"]
    rest = [name for name in states if name not in proved]
    return Finding(
        verdict=Verdict.MEASURED,
        text=f"{len(proved)} of our {len(states)} requirements are proved"
        f"{'; not: ' + ', '.join(rest) if rest else ''}.",
        claimed=show(inputs["claimed"]),
        ours=f"{show(100 * len(proved) / len(states), 3)} %",
        links=tuple(Link("requirement", name, name) for name in rest),
    )

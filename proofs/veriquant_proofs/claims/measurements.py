"""Checks that put our own measurements beside claimed numbers; never a verdict on the claim itself.

The verdict is `measured` when the evidence is there and `open` when it is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from veriquant_proofs.claims.checks import NO_MEASUREMENT, NO_PROOF
from veriquant_proofs.claims.evidence import Evidence, Link, is_proved
from veriquant_proofs.claims.model import Finding, Inputs, Verdict
from veriquant_proofs.claims.printed import show
from veriquant_spec.requirements import requirements

QUALITY = Link("measurement", "build/bench/quality.json", "quality measurements")

#: Kinds of VCs (vcgen.vc.Kind) that the outline's three groups of 5.2 correspond to.
KIND_GROUPS: Mapping[str, tuple[str, ...]] = {
    "precondition": ("precondition",),
    "postcondition": ("postcondition",),
    "loop invariant": ("loop invariant initialization", "loop invariant preservation"),
}


def _open(inputs: Inputs, why: str) -> Finding:
    return Finding(Verdict.OPEN, f"{why}.", show(inputs["claimed"]))


def rows_of(evidence: Evidence) -> Sequence[Mapping[str, Any]]:
    """Rows of the quality benchmark that carry a perplexity and bits per weight."""
    if evidence.quality is None:
        return []
    return [
        row
        for row in evidence.quality.get("rows", [])
        if row.get("perplexity") is not None and row.get("bits_per_weight") is not None
    ]


def best(rows: Sequence[Mapping[str, Any]], family: str) -> Mapping[str, Any] | None:
    """The row of a family with the least perplexity."""
    found = [row for row in rows if row.get("family") == family]
    return min(found, key=lambda row: float(row["perplexity"])) if found else None


def _described(row: Mapping[str, Any]) -> str:
    return (
        f"{row['name']}: perplexity {show(float(row['perplexity']), 4)} at "
        f"{show(float(row['bits_per_weight']), 4)} bits per weight"
    )


def _where(evidence: Evidence) -> str:
    quality = evidence.quality or {}
    return f"{quality.get('model', 'a model')} on {quality.get('text', 'a text')}"


def quality_loss(inputs: Inputs, evidence: Evidence) -> Finding:
    """Our perplexity beside the unquantized one, for the family named by `method`."""
    rows = rows_of(evidence)
    base, row = best(rows, "float"), best(rows, str(inputs["method"]))
    ours = best(rows, "ours")
    if base is None or row is None or ours is None:
        return _open(inputs, NO_MEASUREMENT)
    loss = 100 * (float(row["perplexity"]) / float(base["perplexity"]) - 1)
    shown = [base, ours] if row is ours else [base, ours, row]
    return Finding(
        Verdict.MEASURED,
        f"On {_where(evidence)}: {'; '.join(_described(r) for r in shown)}. Perplexity rises by "
        f"{show(loss, 3)} % for {row['name']}. Another model, another measure than the claim's: "
        "it neither confirms nor refutes it.",
        show(inputs["claimed"]),
        f"+{show(loss, 3)} % perplexity ({row['name']})",
        links=(QUALITY,),
    )


def ablation(inputs: Inputs, evidence: Evidence) -> Finding:
    """Our format with and without one of its parts."""
    quality = evidence.quality or {}
    wanted = str(inputs["ablation"])
    rows = [row for row in quality.get("ablation", []) if row.get("ablation") == wanted]
    ours = best(rows_of(evidence), "ours")
    if not rows or ours is None:
        return _open(inputs, NO_MEASUREMENT)
    return Finding(
        Verdict.MEASURED,
        f"On {_where(evidence)}: {_described(ours)}; {'; '.join(_described(r) for r in rows)}.",
        show(inputs["claimed"]),
        "; ".join(show(float(r["perplexity"]), 4) for r in rows),
        links=(QUALITY,),
    )


def pareto(inputs: Inputs, evidence: Evidence) -> Finding:
    """Which measured methods no other one beats in both bits and perplexity."""
    rows = [row for row in rows_of(evidence) if row.get("family") != "float"]
    if best(rows, "ours") is None:
        return _open(inputs, NO_MEASUREMENT)
    frontier = [
        row
        for row in rows
        if not any(
            float(o["bits_per_weight"]) <= float(row["bits_per_weight"])
            and float(o["perplexity"]) < float(row["perplexity"])
            for o in rows
        )
    ]
    names = [str(row["name"]) for row in frontier]
    on = any(row.get("family") == "ours" for row in frontier)
    return Finding(
        Verdict.MEASURED,
        f"On {_where(evidence)}, of {len(rows)} methods the frontier has {', '.join(names)}; "
        f"ours is {'on it' if on else 'not on it'}.",
        show(inputs["claimed"]),
        "on the frontier" if on else "not on the frontier",
        links=(QUALITY,),
    )


def layer_errors(inputs: Inputs, evidence: Evidence) -> Finding:
    """Our measured error after each layer, first and last."""
    layers = (evidence.quality or {}).get("layers", [])
    if len(layers) < 2:
        return _open(inputs, NO_MEASUREMENT)
    first, last = layers[0], layers[-1]
    return Finding(
        Verdict.MEASURED,
        f"On {_where(evidence)}: the error is {show(float(first['measured']), 3)} after layer "
        f"{first['layer']} and {show(float(last['measured']), 3)} after layer {last['layer']}, "
        f"times {show(float(last['measured']) / float(first['measured']), 3)} over "
        f"{len(layers)} layers; see figure 4.",
        show(inputs["claimed"]),
        f"times {show(float(last['measured']) / float(first['measured']), 3)}",
        links=(QUALITY,),
    )


def lean_count(inputs: Inputs, evidence: Evidence) -> Finding:
    """How many theorems our Lean development has."""
    if evidence.lean is None:
        return _open(inputs, "evidence not yet produced (run make lean)")
    theorems = evidence.theorems()
    holes = sum(bool(t.get("axioms")) for t in theorems)
    return Finding(
        Verdict.MEASURED,
        f"Our Lean development has {len(theorems)} checked theorems, {holes} with an axiom; it "
        "covers these results, the claimed count is of another development.",
        show(inputs["claimed"]),
        show(len(theorems)),
        links=(Link("lean", "build/verify/lean.json", "Lean report"),),
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
        Verdict.MEASURED,
        f"Our kernels have {show(total)} conditions of this kind, {show(proved)} proved; another "
        "code base, so the counts need not be equal.",
        show(inputs["claimed"]),
        show(total),
        links=(Link("vc", "build/verify/report.json", "VC report"),),
    )


def coverage(inputs: Inputs, evidence: Evidence) -> Finding:
    """The share of our requirements that are proved."""
    if evidence.report is None and evidence.lean is None:
        return _open(inputs, NO_PROOF)
    states = {name: evidence.proof((name,)).status for name in requirements()}
    proved = [name for name, status in states.items() if status == "proved"]
    rest = [name for name in states if name not in proved]
    return Finding(
        Verdict.MEASURED,
        f"{len(proved)} of our {len(states)} requirements are proved"
        f"{'; not: ' + ', '.join(rest) if rest else ''}.",
        show(inputs["claimed"]),
        f"{show(100 * len(proved) / len(states), 3)} %",
        links=tuple(Link("requirement", name, name) for name in rest),
    )

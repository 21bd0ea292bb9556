"""The kinds of checks: each computes a verdict from inputs and evidence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from veriquant_proofs.claims.evidence import Evidence, Link, Resource
from veriquant_proofs.claims.model import Finding, Inputs, Verdict
from veriquant_proofs.claims.printed import Printed, evaluate, exact, half_width, show

NO_PROOF = "evidence not yet produced (run make verify)"
NO_MEASUREMENT = "evidence not yet produced (run make bench)"


def refuted_or_corrected(
    finding: Finding, evidence: Evidence, replacement: tuple[str, ...], remedy: str
) -> Finding:
    """Turn a refutation into a correction when our replacement's requirements are proved."""
    if not replacement or finding.verdict is not Verdict.REFUTED:
        return finding
    proof = evidence.proof(replacement)
    if proof.status == "proved":
        verdict, tail = Verdict.CORRECTED, f"Replacement: {remedy}. Proof: {proof.text}."
    elif proof.status == "missing":
        verdict, tail = finding.verdict, f"Replacement: {remedy}; its proof: {NO_PROOF}."
    else:
        verdict, tail = finding.verdict, f"Replacement: {remedy}; its proof fails: {proof.text}."
    return Finding(
        verdict,
        f"{finding.text} {tail}",
        finding.claimed,
        finding.ours,
        finding.tolerance,
        finding.links + proof.links,
        finding.needs,
        failed=proof.status == "failed",
    )


def _given(inputs: Inputs, *, without: tuple[str, ...] = ("claimed",)) -> str:
    parts = [
        f"{name} = {show(value)}"
        for name, value in inputs.items()
        if name not in without and not isinstance(value, tuple)
    ]
    return f" with {', '.join(parts)}" if parts else ""


def _bare(claimed: object) -> str:
    """The claimed number without the percent sign that the unit adds again."""
    return show(claimed).rstrip("%")


@dataclass(frozen=True, slots=True)
class Recompute:
    """The claimed number follows from a formula over stated inputs.

    Tolerance: half a unit of the last digit claimed, plus what rounding of the printed inputs can
    move the result.
    """

    formula: str
    unit: str = ""
    note: str = ""
    replacement: tuple[str, ...] = ()
    remedy: str = ""
    links: tuple[Link, ...] = ()

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `recomputed` or `refuted` (`corrected` with a proved replacement)."""
        claimed = inputs["claimed"]
        result = evaluate(self.formula, {k: v for k, v in inputs.items() if k != "claimed"})
        tolerance = float(half_width(claimed)) + float(result.slack)
        gap = abs(float(exact(claimed)) - float(result.nominal))
        holds = gap <= tolerance * (1 + 1e-12)
        unit = f" {self.unit}" if self.unit else ""
        ours = f"{show(result.nominal)}{unit}"
        text = (
            f"{self.formula} = {ours}{_given(inputs)}; "
            f"claimed {_bare(claimed)}{unit}, off by {show(gap)} "
            f"({'within' if holds else 'outside'} the tolerance {show(tolerance)})."
        )
        if self.note:
            text = f"{text} {self.note}"
        finding = Finding(
            Verdict.RECOMPUTED if holds else Verdict.REFUTED,
            text,
            f"{_bare(claimed)}{unit}",
            ours,
            show(tolerance),
            self.links,
        )
        return refuted_or_corrected(finding, evidence, self.replacement, self.remedy)


@dataclass(frozen=True, slots=True)
class Holds:
    """A comparison that the outline states, `left operator right`, both formulas over inputs.

    `when_false` is `refuted`, or `inconsistent` when both sides are statements of the outline.
    """

    left: str
    operator: str
    right: str
    unit: str = ""
    note: str = ""
    when_false: Verdict = Verdict.REFUTED
    replacement: tuple[str, ...] = ()
    remedy: str = ""
    links: tuple[Link, ...] = ()

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `recomputed` where the comparison holds at the nominal values."""
        left = evaluate(self.left, inputs).nominal
        right = evaluate(self.right, inputs).nominal
        compare: dict[str, Callable[[], bool]] = {
            "<": lambda: left < right,
            "<=": lambda: left <= right,
            ">": lambda: left > right,
            ">=": lambda: left >= right,
        }
        holds = compare[self.operator]()
        unit = f" {self.unit}" if self.unit else ""
        text = (
            f"{self.left} {self.operator} {self.right} is {'true' if holds else 'false'}: "
            f"{show(left)} against {show(right)}{unit}{_given(inputs, without=())}."
        )
        if self.note:
            text = f"{text} {self.note}"
        finding = Finding(
            Verdict.RECOMPUTED if holds else self.when_false,
            text,
            f"{self.operator} {show(right)}{unit}",
            f"{show(left)}{unit}",
            links=self.links,
        )
        return refuted_or_corrected(finding, evidence, self.replacement, self.remedy)


@dataclass(frozen=True, slots=True)
class Agree:
    """Two places of the outline give values that must be equal within their printed digits."""

    here: str
    there: str
    places: tuple[str, str]
    unit: str = ""
    note: str = ""

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `recomputed` where they agree, `inconsistent` where not."""
        del evidence
        here, there = evaluate(self.here, inputs), evaluate(self.there, inputs)
        overlap = here.low <= there.high and there.low <= here.high
        unit = f" {self.unit}" if self.unit else ""
        text = (
            f"{self.places[0]}: {self.here} = {show(here.nominal)}{unit}; "
            f"{self.places[1]}: {self.there} = {show(there.nominal)}{unit}"
            f"{_given(inputs, without=())}; {'they agree' if overlap else 'they disagree'}."
        )
        if self.note:
            text = f"{text} {self.note}"
        return Finding(
            Verdict.RECOMPUTED if overlap else Verdict.INCONSISTENT,
            text,
            f"{show(here.nominal)}{unit}",
            f"{show(there.nominal)}{unit}",
            show(max(here.slack, there.slack)),
        )


@dataclass(frozen=True, slots=True)
class Differ:
    """Two places of the outline say different things in words: those of `words` found in each.

    Inputs: `here` and `there`, the outline's own words at the two places.
    """

    places: tuple[str, str]
    words: str
    note: str = ""

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `inconsistent` where other words are found, `recomputed` where the same."""
        del evidence
        here, there = (
            ", ".join(match.group(0) for match in re.finditer(self.words, str(inputs[place])))
            or "no such words"
            for place in ("here", "there")
        )
        text = f"{self.places[0]}: {here}; {self.places[1]}: {there}."
        if self.note:
            text = f"{text} {self.note}"
        verdict = Verdict.RECOMPUTED if here == there else Verdict.INCONSISTENT
        return Finding(verdict, text, here, there)


@dataclass(frozen=True, slots=True)
class Proved:
    """A statement that our proofs cover: the requirements that carry it."""

    requirements: tuple[str, ...]
    note: str = ""

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `proved`, `open` without evidence or with an obligation that fails."""
        del inputs
        proof = evidence.proof(self.requirements)
        note = f" {self.note}" if self.note else ""
        if proof.status == "proved":
            return Finding(Verdict.PROVED, f"{proof.text}.{note}", links=proof.links)
        why = NO_PROOF if proof.status == "missing" else "an obligation does not hold"
        return Finding(
            Verdict.OPEN,
            f"{why}: {proof.text}.{note}",
            links=proof.links,
            failed=proof.status == "failed",
        )


@dataclass(frozen=True, slots=True)
class NotHere:
    """A claim that only something absent can decide: hardware, weights, sources, a survey."""

    resources: tuple[Resource, ...]
    note: str = ""

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `not reproducible here` while a resource is missing, `open` once all are here."""
        claimed = show(inputs["claimed"]) if "claimed" in inputs else None
        missing = evidence.missing(self.resources)
        note = f" {self.note}" if self.note else ""
        if missing:
            requests = tuple(resource.request for resource in missing)
            return Finding(
                Verdict.NOT_REPRODUCIBLE,
                f"Would need: {'; '.join(requests)}.{note}",
                claimed,
                needs=requests,
            )
        have = ", ".join(resource.variable for resource in self.resources)
        return Finding(
            Verdict.OPEN,
            f"{have} is configured, the measurement has yet to be made.{note}",
            claimed,
        )


@dataclass(frozen=True, slots=True)
class Published:
    """A fact about other work, against a published record that the inputs quote.

    Inputs: `claimed`, `published`, `source`.
    """

    note: str = ""

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `recomputed` where the outline agrees with the record, `refuted` where not."""
        del evidence
        claimed, published = inputs["claimed"], inputs["published"]
        if isinstance(claimed, str):
            same = claimed == published
        else:
            rounding = max(half_width(claimed), half_width(published))
            same = abs(exact(claimed) - exact(published)) <= rounding
        note = f" {self.note}" if self.note else ""
        text = (
            f"The outline has {show(claimed)}; {inputs['source']} has {show(published)}: "
            f"{'they agree' if same else 'they differ'}.{note}"
        )
        return Finding(
            Verdict.RECOMPUTED if same else Verdict.REFUTED,
            text,
            show(claimed),
            show(published),
            links=(Link("published", str(inputs["source"]), str(inputs["source"])),),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """Anything else: a function that runs code on the inputs and reports what it found."""

    function: Callable[[Inputs, Evidence], Finding]
    replacement: tuple[str, ...] = ()
    remedy: str = ""
    extra: Inputs = field(default_factory=dict)

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """The function's finding; a refutation with a proved replacement becomes a correction."""
        finding = self.function({**self.extra, **inputs}, evidence)
        return refuted_or_corrected(finding, evidence, self.replacement, self.remedy)


def number(text: str) -> Printed:
    """A printed number (short for the tables of claims)."""
    return Printed(text)


def frac(text: str) -> Fraction:
    """An exact rational (short for the tables of claims)."""
    return Fraction(text)

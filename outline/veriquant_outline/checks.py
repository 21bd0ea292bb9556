"""The kinds of checks: each computes a verdict from inputs and evidence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from veriquant_outline import words
from veriquant_outline.evidence import NO_PROOF, Evidence, Reference, Resource
from veriquant_outline.model import Finding, Inputs, Verdict
from veriquant_outline.printed import evaluate, exact, half_width, show

#: Headings of two values that are both the outline's.
TWO_PLACES = ("one place", "the other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recompute:
    """The claimed number follows from a formula over stated inputs.

    Tolerance: half a unit of the last digit claimed, plus what rounding of the printed inputs can
    move the result.
    """

    formula: str
    unit: str = ""

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `recomputed` or `refuted`."""
        del evidence
        claimed = inputs["claimed"]
        result = evaluate(self.formula, {k: v for k, v in inputs.items() if k != "claimed"})
        tolerance = float(half_width(claimed)) + float(result.slack)
        gap = abs(float(exact(claimed)) - float(result.nominal))
        holds = gap <= tolerance * (1 + 1e-12)
        ours = words.measured(result.nominal, self.unit)
        said = words.measured(show(claimed).rstrip("%") if self.unit == "%" else claimed, self.unit)
        off = (
            "they agree"
            if gap == 0
            else f"the difference, {show(gap)}, is {'within' if holds else 'more than'} what "
            f"rounding of the printed digits explains ({show(tolerance)})"
        )
        return Finding(
            verdict=Verdict.RECOMPUTED if holds else Verdict.REFUTED,
            text=f"{words.sentence(words.formula(self.formula))} is {ours}. "
            f"The outline says {said}: {off}.",
            claimed=said,
            ours=ours,
            tolerance=show(tolerance),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """A comparison that the outline states, `left operator right`, both formulas over inputs.

    `when_false` is `refuted`, or `inconsistent` when both sides are statements of the outline.
    """

    left: str
    operator: str
    right: str
    unit: str = ""
    when_false: Verdict = Verdict.REFUTED

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `recomputed` where the comparison holds at the nominal values."""
        del evidence
        left = evaluate(self.left, inputs).nominal
        right = evaluate(self.right, inputs).nominal
        compare: dict[str, Callable[[], bool]] = {
            "<": lambda: left < right,
            "<=": lambda: left <= right,
            ">": lambda: left > right,
            ">=": lambda: left >= right,
        }
        holds = compare[self.operator]()
        said = words.COMPARISONS[self.operator]
        ours, limit = words.measured(left, self.unit), words.measured(right, self.unit)
        bound = limit
        if not words.is_plain(self.right):
            bound = f"{words.formula(self.right)}, which is {limit}"
        return Finding(
            verdict=Verdict.RECOMPUTED if holds else self.when_false,
            text=f"For the claim to hold, {words.formula(self.left)} must be {said} {bound}. It is "
            f"{ours}: the claim {'holds' if holds else 'does not hold'}.",
            claimed=f"{said} {limit}",
            ours=ours,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree:
    """Two places of the outline give values that must be equal within their printed digits."""

    here: str
    there: str
    places: tuple[str, str]
    unit: str = ""

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `recomputed` where they agree, `inconsistent` where not."""
        del evidence
        here, there = evaluate(self.here, inputs), evaluate(self.there, inputs)
        overlap = here.low <= there.high and there.low <= here.high
        first, second = (words.measured(value.nominal, self.unit) for value in (here, there))
        return Finding(
            verdict=Verdict.RECOMPUTED if overlap else Verdict.INCONSISTENT,
            text=f"{words.sentence(self._said(0, self.here, first))}; "
            f"{self._said(1, self.there, second)}. They {'agree' if overlap else 'disagree'}.",
            claimed=first,
            ours=second,
            headings=TWO_PLACES,
            tolerance=show(max(here.slack, there.slack)),
        )

    def _said(self, which: int, formula: str, value: str) -> str:
        how = "" if words.is_plain(formula) else f" ({words.formula(formula)})"
        return f"{words.place(self.places[which])}: {value}{how}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Differ:
    """Two places of the outline say different things in words: those of `pattern` found in each.

    Inputs: `here` and `there`, the outline's own words at the two places.
    """

    places: tuple[str, str]
    pattern: str

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `inconsistent` where other words are found, `recomputed` where the same."""
        del evidence
        here, there = (
            list(dict.fromkeys(m.group(0) for m in re.finditer(self.pattern, str(inputs[place]))))
            for place in ("here", "there")
        )
        first, second = (
            words.listed([f"“{word}”" for word in found]) or "nothing of the kind"
            for found in (here, there)
        )
        one, other = (words.place(place) for place in self.places)
        return Finding(
            verdict=Verdict.RECOMPUTED if here == there else Verdict.INCONSISTENT,
            text=f"{words.sentence(one)} says {first}; {other} says {second}.",
            claimed=", ".join(here) or "nothing of the kind",
            ours=", ".join(there) or "nothing of the kind",
            headings=TWO_PLACES,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A statement that our proofs cover: the requirements that carry it.

    `kernel` and `runs`, where given, name the verified function (`block.spread_block`) and the
    object that the product runs (`veriquant.fast.pack.spread_block`): a proof of a function that
    does not run says nothing about the product.
    """

    requirements: tuple[str, ...]
    kernel: str = ""
    runs: str = ""

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `proved`, `open` without evidence or with an obligation that fails."""
        del inputs
        proof = evidence.proof(self.requirements)
        if self.runs and not self._is_run():
            text = f"`{self.runs}`, which the product runs, is not compiled from `{self.kernel}`."
            return Finding(verdict=Verdict.OPEN, text=text, links=proof.links, failed=True)
        if proof.status == "proved":
            tail = f" The product runs `{self.kernel}` itself, compiled." if self.runs else ""
            text = f"{proof.text}.{tail}"
            return Finding(verdict=Verdict.PROVED, text=text, links=proof.links)
        why = NO_PROOF if proof.status == "missing" else "An obligation does not hold"
        return Finding(
            verdict=Verdict.OPEN,
            text=f"{why}: {proof.text}.",
            links=proof.links,
            failed=proof.status == "failed",
        )

    def _is_run(self) -> bool:
        from veriquant.fast.compiled import kernel

        module, _, attribute = self.runs.rpartition(".")
        return getattr(import_module(module), attribute) is kernel(*self.kernel.split("."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """A claim that only something absent can decide: hardware, weights, sources, a survey."""

    resources: tuple[Resource, ...]

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `not reproducible here` while a resource is missing, `open` once all are here."""
        claimed = show(inputs["claimed"]) if "claimed" in inputs else None
        missing = evidence.missing(self.resources)
        if missing:
            return Finding(
                verdict=Verdict.NOT_REPRODUCIBLE,
                text=f"This would need {words.listed([r.needs for r in missing])}.",
                claimed=claimed,
                needs=tuple(resource.request for resource in missing),
            )
        return Finding(
            verdict=Verdict.OPEN,
            text="What this needs is here now; the measurement has yet to be made.",
            claimed=claimed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A number of other work, against the record that `reference` names.

    Inputs: `claimed` and `published`, both as printed.
    """

    reference: Reference
    unit: str = ""

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `recomputed` where the outline agrees with the record, `refuted` where not."""
        del evidence
        claimed, published = inputs["claimed"], inputs["published"]
        rounding = max(half_width(claimed), half_width(published))
        same = abs(exact(claimed) - exact(published)) <= rounding
        said, found = (words.measured(value, self.unit) for value in (claimed, published))
        return Finding(
            verdict=Verdict.RECOMPUTED if same else Verdict.REFUTED,
            text=f"The outline says {said}; the published record says {found}: "
            f"they {'agree' if same else 'differ'}. Record: {self.reference.text}.",
            claimed=said,
            ours=found,
            links=(self.reference.link,),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A citation `[Name et al., year]`, read out of the quote, against the record it names.

    Inputs: `here`, the outline's words.
    """

    reference: Reference

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Verdict `recomputed` where first author and year agree, `refuted` where not."""
        del evidence
        match = re.search(r"\[(\S+) et al\., (\d{4})\]", str(inputs["here"]))
        if match is None:
            raise ValueError(f"no citation in {inputs['here']!r}")
        claimed = f"{match.group(1)} {match.group(2)}"
        ours = f"{self.reference.author} {self.reference.year}"
        return Finding(
            verdict=Verdict.RECOMPUTED if claimed == ours else Verdict.REFUTED,
            text=f"The outline cites {claimed}; first author and year of the work are {ours}. "
            f"Record: {self.reference.text}.",
            claimed=claimed,
            ours=ours,
            links=(self.reference.link,),
        )

"""What a claim, its check and its verdict are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from veriquant_outline import words
from veriquant_outline.evidence import NO_PROOF, Evidence, Link, Reference
from veriquant_outline.printed import evaluate, show


class Kind(StrEnum):
    """What sort of statement a claim is."""

    ARITHMETIC = "arithmetic"
    THEOREM = "theorem"
    ALGORITHM = "algorithm"
    MEASURED = "measured on a model"
    HARDWARE = "needs hardware"
    OTHER_WORK = "about other work"


class Verdict(StrEnum):
    """Outcome of a check, in the order in which reports list them."""

    PROVED = "proved"
    RECOMPUTED = "recomputed"
    REFUTED = "refuted"
    CORRECTED = "corrected"
    MEASURED = "measured"
    INCONSISTENT = "inconsistent"
    NOT_REPRODUCIBLE = "not reproducible here"
    OPEN = "open"


MEANING: Mapping[Verdict, str] = {
    Verdict.PROVED: "holds; every obligation behind it is proved",
    Verdict.RECOMPUTED: "follows from the stated inputs, within the printed digits",
    Verdict.REFUTED: "false; the counterexample or the right number is computed",
    Verdict.CORRECTED: "false as stated; our sound replacement is proved",
    Verdict.MEASURED: "our own number on a stated model or code base, beside the claimed one",
    Verdict.INCONSISTENT: "two places of the outline contradict each other",
    Verdict.NOT_REPRODUCIBLE: "needs what is not here; the entry lists it",
    Verdict.OPEN: "evidence not produced yet, or not good enough for another verdict",
}

#: Inputs that an entry shows elsewhere, as quote or as claimed value, or that only a program reads.
_UNSHOWN = frozenset({"claimed", "here", "there", "pattern"})
#: Longest text that an entry shows of an input.
_LONGEST = 100

#: A formula in a note, which is evaluated.
_COMPUTED = re.compile(r"\{([^}]+)\}")

#: Named inputs of a claim: printed numbers, exact numbers, texts or tuples of these.
Inputs = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found: the verdict and what supports it.

    `headings` say what `claimed` and `ours` are: for a contradiction both are the outline's words.
    `failed` marks evidence that is there and bad, a proof that does not hold.
    """

    verdict: Verdict
    text: str
    claimed: str | None = None
    ours: str | None = None
    headings: tuple[str, str] = ("claimed", "ours")
    tolerance: str | None = None
    links: tuple[Link, ...] = ()
    needs: tuple[str, ...] = ()
    failed: bool = False


def judged(holds: bool) -> Verdict:
    """`recomputed` for what holds, `refuted` for what does not."""
    return Verdict.RECOMPUTED if holds else Verdict.REFUTED


class Check(Protocol):
    """Computes a verdict from inputs and evidence; holds no verdict itself."""

    def __call__(self, inputs: Inputs, evidence: Evidence) -> Finding:
        """Run the check."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One statement of the outline, with what is needed to judge it.

    `section` is the outline's section; `also` lists other places that say the same or, for a
    contradiction, the place contradicted. `quote` is a fragment of the outline's own words, by
    which the place can be found; `against` is such a fragment of the place it contradicts;
    `claim` says it in ours. `note` is added to what the check finds; `replaced_by` are the
    requirements whose proof turns a refutation into a correction, `remedy` says what they ask.
    `references` are the records that numbers of the check are taken from. `otherwise` are inputs
    under which the verdict would be another one: the tests run it, so that no verdict can be a
    constant.
    """

    id: str
    section: str
    quote: str
    claim: str
    kind: Kind
    check: Check
    inputs: Inputs = field(default_factory=dict)
    otherwise: Inputs = field(default_factory=dict)
    also: tuple[str, ...] = ()
    against: str = ""
    note: str = ""
    replaced_by: tuple[str, ...] = ()
    remedy: str = ""
    references: tuple[Reference, ...] = ()

    def judge(self, evidence: Evidence, inputs: Inputs | None = None) -> Entry:
        """Run the check, on the claim's own inputs or on others, and record what came out.

        A check that raises leaves the claim open, with the error in the text; `failed` tells.
        """
        used = self.inputs if inputs is None else inputs
        try:
            found = with_note(self.check(used, evidence), self.note, used)
            finding = corrected(found, evidence, self.replaced_by, self.remedy)
        except Exception as error:
            text = f"The check failed: {type(error).__name__}: {error}"
            finding = Finding(verdict=Verdict.OPEN, text=text, failed=True)
        return self._entry(used, finding)

    def _entry(self, inputs: Inputs, finding: Finding) -> Entry:
        return Entry(
            id=self.id,
            section=self.section,
            also=self.also,
            quote=self.quote,
            against=self.against,
            claim=self.claim,
            kind=self.kind,
            verdict=finding.verdict,
            evidence=finding.text,
            links=finding.links + tuple(reference.link for reference in self.references),
            command=f"veriquant claims --id {self.id}",
            inputs={
                words.name(short): _show_input(value)
                for short, value in inputs.items()
                if short not in _UNSHOWN
            },
            claimed=finding.claimed,
            ours=finding.ours,
            headings=finding.headings,
            tolerance=finding.tolerance,
            needs=finding.needs,
            failed=finding.failed,
        )


def _show_input(value: object) -> str:
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST].rsplit(' ', 1)[0]} …"
    if isinstance(value, tuple | list):
        return ", ".join(_show_input(v) for v in value)
    return show(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A judged claim, as the ledger lists it."""

    id: str
    section: str
    also: tuple[str, ...]
    quote: str
    against: str
    claim: str
    kind: Kind
    verdict: Verdict
    evidence: str
    links: tuple[Link, ...]
    command: str
    inputs: Mapping[str, str]
    claimed: str | None
    ours: str | None
    headings: tuple[str, str]
    tolerance: str | None
    needs: tuple[str, ...]
    failed: bool

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json` and the report."""
        return {
            "id": self.id,
            "section": self.section,
            "also": list(self.also),
            "quote": self.quote,
            "against": self.against,
            "claim": self.claim,
            "kind": str(self.kind),
            "verdict": str(self.verdict),
            "evidence": self.evidence,
            "links": [link.as_json() for link in self.links],
            "command": self.command,
            "inputs": dict(self.inputs),
            "claimed": self.claimed,
            "ours": self.ours,
            "headings": list(self.headings),
            "tolerance": self.tolerance,
            "needs": list(self.needs),
            "failed": self.failed,
        }


def with_note(finding: Finding, note: str, inputs: Inputs) -> Finding:
    """Append a note; each `{formula}` in it is evaluated over the claim's inputs."""
    if not note:
        return finding
    said = _COMPUTED.sub(lambda found: show(evaluate(found.group(1), inputs).nominal), note)
    return replace(finding, text=f"{finding.text} {said}")


def corrected(
    finding: Finding, evidence: Evidence, replaced_by: tuple[str, ...], remedy: str
) -> Finding:
    """Turn a refutation into a correction when our replacement's requirements are proved."""
    if not replaced_by or finding.verdict is not Verdict.REFUTED:
        return finding
    proof = evidence.proof(replaced_by)
    if proof.status == "proved":
        verdict, tail = Verdict.CORRECTED, f"Its proof: {proof.text}."
    elif proof.status == "missing":
        verdict, tail = finding.verdict, f"{NO_PROOF}."
    else:
        verdict, tail = finding.verdict, f"Its proof fails: {proof.text}."
    return replace(
        finding,
        verdict=verdict,
        text=f"{finding.text} What we do instead: {remedy}. {tail}",
        links=finding.links + proof.links,
        failed=proof.status == "failed",
    )


@dataclass(frozen=True, slots=True)
class Ledger:
    """All judged claims, in the order of the outline."""

    entries: tuple[Entry, ...]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many entries have each verdict, zeros included."""
        found = Counter(entry.verdict for entry in self.entries)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections that have entries, in order."""
        return tuple(dict.fromkeys(entry.section for entry in self.entries))

    @property
    def failed(self) -> tuple[Entry, ...]:
        """Entries whose check raised an error, or that rest on a proof that does not hold."""
        return tuple(entry for entry in self.entries if entry.failed)

    def select(self, verdict: str | None = None, section: str | None = None) -> Ledger:
        """Entries with this verdict and in this section, or one below it (`3` holds `3.2`)."""
        return Ledger(
            tuple(
                entry
                for entry in self.entries
                if (verdict is None or entry.verdict == verdict)
                and (section is None or _within(entry.section, section))
            )
        )

    def as_json(self) -> dict[str, Any]:
        """Plain data: counts and entries."""
        return {
            "schema": 1,
            "counts": {str(verdict): count for verdict, count in self.counts.items()},
            "entries": [entry.as_json() for entry in self.entries],
        }


def _within(section: str, wanted: str) -> bool:
    low, want = section.lower(), wanted.lower()
    return low == want or low.startswith((f"{want}.", f"{want} ", f"{want},"))


def judge_all(claims: Iterable[Claim], evidence: Evidence) -> Ledger:
    """Judge every claim. Raises ValueError when two claims share an id."""
    listed = tuple(claims)
    twice = [name for name, n in Counter(claim.id for claim in listed).items() if n > 1]
    if twice:
        raise ValueError(f"claims with the same id: {', '.join(twice)}")
    return Ledger(tuple(claim.judge(evidence) for claim in listed))

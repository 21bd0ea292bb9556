"""What other parts of the project produced, and what this machine has: the evidence of the checks.

Everything is resolved when the ledger is made. Nothing absent is ever taken for good: a missing
report makes a claim open, with the command that would produce it.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from veriquant_spec.requirements import requirements

#: What an open claim says of evidence that has yet to be produced.
NO_PROOF = "The proof is not there yet (run make verify)"
NO_MEASUREMENT = "The measurement is not there yet (run make bench)"

LinkKind = Literal["requirement", "vc", "lean", "measurement", "source", "published"]


@dataclass(frozen=True, slots=True)
class Link:
    """A pointer into the evidence: `kind` says what `target` names."""

    kind: LinkKind
    target: str
    label: str

    def as_json(self) -> dict[str, str]:
        """Plain data."""
        return {"kind": self.kind, "target": self.target, "label": self.label}


@dataclass(frozen=True, slots=True)
class Proof:
    """State of the proofs behind some requirements."""

    status: Literal["proved", "missing", "failed"]
    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something a claim needs that a checkout does not have, and how to say that it is here."""

    variable: str
    needs: str

    def present(self, environment: Mapping[str, str]) -> bool:
        """Whether `variable` names an existing path (device node, file or folder)."""
        value = environment.get(self.variable, "")
        return bool(value) and Path(value).exists()

    @property
    def request(self) -> str:
        """What is missing, for the entry."""
        return f"{self.needs}; once here, name it in the environment variable {self.variable}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A published record: who, when, what and where to find it."""

    author: str
    year: int
    title: str
    where: str

    @property
    def text(self) -> str:
        """The record in one line."""
        return f"{self.author} ({self.year}), {self.title}, {self.where}"

    @property
    def link(self) -> Link:
        """The record as a link of an entry."""
        return Link("published", self.where, self.text)


@cache
def _resources() -> Mapping[str, Mapping[str, str]]:
    return _table("resources.toml")


@cache
def _references() -> Mapping[str, Mapping[str, Any]]:
    return _table("references.toml")


def _table(name: str) -> Mapping[str, Mapping[str, Any]]:
    text = files("veriquant_outline").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def resource(name: str) -> Resource:
    """The resource that `resources.toml` has under this name. Raises KeyError for no such name."""
    return Resource(**_resources()[name])


def reference(name: str) -> Reference:
    """The record that `references.toml` has under this name. Raises KeyError for no such name."""
    return Reference(**_references()[name])


@dataclass(frozen=True)
class Evidence:
    """The products of `make verify`, `make lean` and `make bench`, each None when not there."""

    report: Mapping[str, Any] | None = None
    lean: Mapping[str, Any] | None = None
    quality: Mapping[str, Any] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    #: Why there are no VCs, where `report` is None or not usable.
    absence: str = "no report in build/verify"

    @classmethod
    def load(cls, build: Path, environment: Mapping[str, str] | None = None) -> Evidence:
        """Read `build/verify/{report,lean}.json` and `build/bench/quality.json`, where they are.

        A report of other sources than the present ones counts as absent. Raises ValueError naming
        the file when one is there but is not JSON.
        """
        report = _read(build / "verify" / "report.json")
        changed = [] if report is None else changed_kernels(report)
        absence = cls.absence
        if changed:
            report = None
            absence = f"build/verify/report.json is of other sources ({', '.join(changed[:3])})"
        return cls(
            report=report,
            absence=absence,
            lean=_read(build / "verify" / "lean.json"),
            quality=_read(build / "bench" / "quality.json"),
            environment=os.environ if environment is None else environment,
        )

    # -- proofs ---------------------------------------------------------------------------------

    def conditions(self) -> Sequence[Mapping[str, Any]]:
        """The VCs of the report; none without a report, or with one of some kernels only."""
        if self.report is None or self.report.get("partial"):
            return []
        return list(self.report.get("vcs", []))

    def theorems(self) -> Sequence[Mapping[str, Any]]:
        """The checked Lean theorems; none without a Lean report."""
        return [] if self.lean is None else list(self.lean.get("theorems", []))

    def proof(self, identifiers: Iterable[str]) -> Proof:
        """Whether all of these requirements are proved.

        A requirement is proved when at least one VC or Lean theorem carries its id, everything
        that carries it holds and nothing of it is vacuous; with neither it is missing.
        """
        wanted = tuple(identifiers)
        states = [self._proof_of(one) for one in wanted]
        links = tuple(link for state in states for link in state.links)
        for status in ("failed", "missing"):
            found = [state.text for state in states if state.status == status]
            if found:
                return Proof(status, "; ".join(found), links)
        return Proof("proved", "; ".join(state.text for state in states), links)

    def _proof_of(self, requirement: str) -> Proof:
        vcs = [vc for vc in self.conditions() if requirement in vc.get("requirements", ())]
        lean = [t for t in self.theorems() if requirement in t.get("requirements", ())]
        links = [Link("requirement", requirement, requirement)]
        for kernel in sorted({str(vc.get("kernel")) for vc in vcs}):
            first = next(vc for vc in vcs if str(vc.get("kernel")) == kernel)
            links.append(Link("vc", str(first["id"]), f"{kernel}: first of its obligations"))
        links += [Link("lean", str(t["name"]), str(t["name"])) for t in lean]
        if not vcs and not lean:
            return Proof("missing", f"{requirement}: {self.absence}", tuple(links))
        bad = [str(vc["id"]) for vc in vcs if not is_proved(vc)]
        bad += [str(t["name"]) for t in lean if t.get("axioms")]
        kernels = {vc.get("kernel") for vc in vcs}
        witnesses = [] if self.report is None else self.report.get("witnesses", ())
        bad += [
            str(w["id"])
            for w in witnesses
            if w.get("kernel") in kernels and w.get("verdict") == "vacuous"
        ]
        if bad:
            return Proof(
                "failed", f"{requirement} is not proved: {', '.join(bad[:5])}", tuple(links)
            )
        parts = []
        if vcs:
            many = "obligation" if len(vcs) == 1 else "obligations"
            parts.append(f"{len(vcs)} {many} proved by both solvers")
        if lean:
            names = ", ".join(str(t["name"]) for t in lean[:3])
            more = f" and {len(lean) - 3} more" if len(lean) > 3 else ""
            parts.append(f"in Lean {names}{more}, without axioms")
        if self.lean is None and requirements()[requirement].lean:
            parts.append("its Lean theorem not checked yet (run make lean)")
        return Proof("proved", f"{requirement} holds: {' and '.join(parts)}", tuple(links))

    def vc_kinds(self) -> Counter[str]:
        """Number of VCs by kind."""
        return Counter(str(vc.get("kind")) for vc in self.conditions())

    # -- machine --------------------------------------------------------------------------------

    def missing(self, resources: Iterable[Resource]) -> tuple[Resource, ...]:
        """Which of the resources are not configured on this machine."""
        return tuple(r for r in resources if not r.present(self.environment))


def is_proved(condition: Mapping[str, Any]) -> bool:
    """Whether both solvers proved a VC of the report."""
    return condition.get("verdict") == "proved" and condition.get("proved_twice") is True


def changed_kernels(report: Mapping[str, Any]) -> list[str]:
    """Functions that the report proves in another text than they have now, or that it lacks."""
    from veriquant_proofs.frontend import read_product

    now = {function.label: function.text for function in read_product().verified()}
    then = {str(k["name"]): k.get("source") for k in report.get("kernels", ())}
    return sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))


def _read(path: Path) -> Mapping[str, Any] | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        data: Mapping[str, Any] = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not JSON ({error}); delete it and run make again") from error
    return data

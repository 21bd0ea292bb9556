"""Runs every mutant of every kernel, and every contract with one clause left out.

A mutant is killed when an obligation of its kernel is refuted, when it breaks a check as it runs,
when the solver finds no proof, or when the generator refuses it. A mutant whose obligations are all
proved is equivalent exactly if the contract determines the result (`equivalence`); otherwise it
survives, and the contract is too weak. Equivalent mutants are run too: were one to compute
something else, the verifier would be unsound.
"""

from __future__ import annotations

import ast
import importlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal, get_args

from veriquant_proofs.mutation.copies import load, obligations
from veriquant_proofs.mutation.decide import decide
from veriquant_proofs.mutation.equivalence import determination
from veriquant_proofs.mutation.inputs import Sample, samples
from veriquant_proofs.mutation.operators import Module, Mutant, mutants, statement_mutants
from veriquant_proofs.replay import call_text
from veriquant_proofs.vcgen.runtime import CheckFailed, NotAdmissibleError, checked
from veriquant_proofs.vcgen.source import FunctionSource, read
from veriquant_proofs.vcgen.vc import VC, VerificationSubsetError

Verdict = Literal["refuted", "executed", "unknown", "refused", "equivalent", "surviving"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

#: Mutants that one worker takes at a time: a few seconds of work.
CHUNK = 24

#: Obligations that the solver may leave open before a mutant counts as not proved.
OPEN_LIMIT = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutant: `by` is the obligation or the refusal that killed it."""

    operator: str
    line: int
    column: int
    old: str
    new: str
    verdict: Verdict
    by: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A precondition or loop invariant that was left out. `needed`: then something fails."""

    what: str
    line: int
    text: str
    needed: bool


@dataclass(frozen=True, slots=True)
class KernelOutcome:
    """Everything about one kernel, or about one lemma's statement."""

    kernel: str
    determined: bool
    mutants: tuple[Outcome, ...] = ()
    clauses: tuple[Clause, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """Number of mutants with that verdict."""
        return sum(m.verdict == verdict for m in self.mutants)


class UnsoundError(Exception):
    """A mutant whose obligations are all proved breaks its contract when it runs."""


class NotProvedError(Exception):
    """An obligation of the unchanged product is not proved: mutants would mean nothing."""


@dataclass(slots=True)
class Examiner:
    """Decides mutants of one function, remembering the obligations that the original shares."""

    source: FunctionSource
    directory: Path
    proved: set[str] = field(default_factory=set)
    inputs: list[Sample] = field(default_factory=list)
    determined: bool = False

    def original(self) -> None:
        """Prove the unchanged function, and find out whether its contract determines its result."""
        text = self.source.file.read_text(encoding="utf-8")
        verdict, by = self.verdict(text)
        if verdict != "equivalent":
            raise NotProvedError(f"{by} of the unchanged product is {verdict}")
        if self.source.mark.role != "kernel":
            return
        module = load(text, self.source.module, self.directory)
        self.inputs = samples(self.source, getattr(module, self.source.name))
        self.determined = all(decide(vc).verdict == "proved" for vc in determination(self.source))

    def outcome(self, mutant: Mutant) -> Outcome:
        """What becomes of a mutant."""
        verdict, by = self.verdict(mutant.text)
        if verdict == "equivalent" and not self.determined:
            verdict = "surviving"
        place = (mutant.operator, mutant.line, mutant.column, mutant.old, mutant.new)
        return Outcome(*place, verdict, by)

    def verdict(self, text: str) -> tuple[Verdict, str]:
        """Verdict on a changed module, "equivalent" for one whose obligations are all proved."""
        module = load(text, self.source.module, self.directory)
        function = getattr(module, self.source.name)
        try:
            generated = obligations(function)
        except VerificationSubsetError as error:
            return "refused", error.construct
        unknown: list[VC] = []
        for vc in generated.vcs:
            if vc.sha256 in self.proved:
                continue
            answer = decide(vc).verdict
            if answer == "refuted":
                return "refuted", vc.id
            if answer == "unknown":
                if not unknown and (run := self.broken_run(function)):
                    return "executed", run
                unknown.append(vc)
                if len(unknown) == OPEN_LIMIT:
                    break
            else:
                self.proved.add(vc.sha256)
        if unknown:
            return "unknown", unknown[0].id
        if run := self.broken_run(function):
            raise UnsoundError(f"{self.source.kernel} is proved, but {run}: {text}")
        return "equivalent", ""

    def broken_run(self, function: Callable[..., Any]) -> str:
        """A call on which a changed function does not do what the original does; "" for none."""
        run = checked(function)
        for sample in self.inputs:
            call = call_text(self.source.name, sample.arguments)
            try:
                result = run(**sample.arguments)
            except CheckFailed as failure:
                return f"{call}: {failure.kind.value} fails at line {failure.line}"
            except NotAdmissibleError:  # with a precondition left out there are more, never fewer
                continue
            if self.determined and result != sample.result:
                return f"{call} differs"
        return ""


def examine(
    module: str, name: str, first: int, last: int, clauses: bool
) -> tuple[bool, list[Outcome], list[Clause]]:
    """One worker's share: mutants `first..last - 1` of a function, and its clauses if asked."""
    source = read(getattr(importlib.import_module(module), name))
    with tempfile.TemporaryDirectory(prefix="veriquant-mutants-") as directory:
        examiner = Examiner(source, Path(directory))
        examiner.original()
        outcomes = [examiner.outcome(m) for m in _changed(source)[first:last]]
        return examiner.determined, outcomes, list(_clauses(examiner)) if clauses else []


def _changed(source: FunctionSource) -> list[Mutant]:
    """Mutants of a kernel's body or of a lemma's statement."""
    text = source.file.read_text(encoding="utf-8")
    change = mutants if source.mark.role == "kernel" else statement_mutants
    return change(text, source.name)


def _clauses(examiner: Examiner) -> Iterator[Clause]:
    """Leave out each precondition and each conjunct of a loop invariant in turn."""
    module = Module.of(examiner.source.file.read_text(encoding="utf-8"), examiner.source.name)
    for decorator in module.function.decorator_list:
        match decorator:
            case ast.Call(func=ast.Name(id="require"), args=[ast.Lambda(body=body)]):
                changed = module.splice(decorator, "require(lambda: True)")
                needed = examiner.verdict(changed)[0] != "equivalent"
                yield Clause("precondition", decorator.lineno, ast.unparse(body), needed)
    for part in ast.walk(module.function):
        match part:
            case ast.Assert(test=ast.Call(func=ast.Name(id="invariant"), args=conditions)):
                for condition in conditions:
                    needed = examiner.verdict(module.splice(condition, "True"))[0] != "equivalent"
                    yield Clause("invariant", condition.lineno, ast.unparse(condition), needed)


def run(functions: Sequence[FunctionSource], jobs: int) -> Iterator[KernelOutcome]:
    """Outcomes in the order of `functions`, each as soon as it and all before it are known.

    Raises NotProvedError if the unchanged product has an obligation that is not proved.
    """
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        shares = []
        for source in functions:
            count = len(_changed(source))
            kernel = source.mark.role == "kernel"
            starts = range(0, max(count, 1), CHUNK)
            arguments = [
                (source.module, source.name, s, s + CHUNK, kernel and s == 0) for s in starts
            ]
            shares.append((source, [pool.submit(examine, *a) for a in arguments]))
        try:
            for source, futures in shares:
                parts = [f.result() for f in futures]
                yield KernelOutcome(
                    source.kernel,
                    all(determined for determined, _, _ in parts),
                    tuple(o for _, outcomes, _ in parts for o in outcomes),
                    tuple(c for _, _, clauses in parts for c in clauses),
                )
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def as_json(kernels: Sequence[KernelOutcome], lemmas: Sequence[KernelOutcome]) -> dict[str, Any]:
    """The whole campaign, JSON-able and without times."""
    totals = {v: sum(k.count(v) for k in kernels) for v in VERDICTS}
    return {
        "schema": 1,
        "totals": {"mutants": sum(len(k.mutants) for k in kernels), **totals},
        "kernels": [asdict(k) for k in kernels],
        "lemmas": [asdict(k) for k in lemmas],
    }

"""Runs every mutant of every kernel, and every contract with one clause left out.

A mutant is killed when an obligation of its kernel is refuted, when it breaks a check as it runs,
when the solver finds no proof, or when the generator refuses it. A mutant whose obligations are all
proved is equivalent exactly if the contract determines the result (`equivalence`); otherwise it
survives, and the contract is too weak. Equivalent mutants are run too: were one to compute
something else, the verifier would be unsound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from multiprocessing import get_context
from typing import Any, Literal, get_args

from veriquant_proofs.core.errors import WellFormedError
from veriquant_proofs.core.interpreter import CheckFailed, Machine, NotAdmissibleError, StepLimit
from veriquant_proofs.core.printer import show_function
from veriquant_proofs.core.syntax import (
    BoolLiteral,
    Function,
    FunctionId,
    Mode,
    Program,
    Role,
    Statement,
)
from veriquant_proofs.core.syntax import (
    Clause as Condition,
)
from veriquant_proofs.core.traverse import nodes
from veriquant_proofs.core.wellformed import check_function
from veriquant_proofs.mutation.decide import decide
from veriquant_proofs.mutation.equivalence import determination
from veriquant_proofs.mutation.operators import Mutant, mutants, statement_mutants
from veriquant_proofs.obligations import VC, UnsupportedError, generate
from veriquant_proofs.runtime.inputs import Generator
from veriquant_proofs.runtime.real import call_text
from veriquant_proofs.runtime.replay import alike, copied_all

Verdict = Literal["refuted", "executed", "unknown", "refused", "equivalent", "surviving"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

#: Mutants that one worker takes at a time: a few seconds of work.
CHUNK = 24

#: Obligations that the solver may leave open before a mutant counts as not proved.
OPEN_LIMIT = 3

#: Inputs that a mutant is run on, attempts to find them, and their longest lists.
INPUTS, ATTEMPTS, LONGEST = 24, 400, 3

#: Steps of the interpreter for one input.
STEPS = 30_000


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


@dataclass(frozen=True, slots=True)
class Sample:
    """Arguments that the preconditions admit, and the function's result on them."""

    arguments: dict[str, Any]
    result: Any


def samples(program: Program, function: Function) -> list[Sample]:
    """Valid inputs of a function with their results, the same for the same source."""
    machine = Machine(program, STEPS)
    generator = Generator(machine, function, f"mutants of {function.id}")
    generator.longest = LONGEST
    found: list[Sample] = []
    for values in _spread(generator):
        try:
            found.append(Sample(values, machine.call(function.id, copied_all(values))))
        except StepLimit:  # there are shorter runs
            continue
        if len(found) == INPUTS:
            break
    return found


def _spread(generator: Generator) -> Iterable[dict[str, Any]]:
    """Admissible arguments; of a small domain not the first ones, which are all alike."""
    if generator.domain is None:
        return generator.admissible(ATTEMPTS)
    found = list(generator.admissible(ATTEMPTS))
    generator.chance.shuffle(found)
    return found


@dataclass(slots=True)
class Examiner:
    """Decides mutants of one function, remembering the obligations that the original shares."""

    program: Program
    function: Function
    proved: set[str] = field(default_factory=set)
    inputs: list[Sample] = field(default_factory=list)
    determined: bool = False

    def original(self) -> None:
        """Prove the unchanged function, and find out whether its contract determines its result."""
        verdict, by = self.verdict(self.function)
        if verdict != "equivalent":
            raise NotProvedError(f"{by} of the unchanged product is {verdict}")
        if self.function.role is not Role.KERNEL:
            return
        self.inputs = samples(self.program, self.function)
        written = any(p.mode is Mode.WRITTEN for p in self.function.parameters)
        self.determined = not written and all(
            decide(vc).verdict == "proved" for vc in determination(self.program, self.function)
        )

    def outcome(self, mutant: Mutant) -> Outcome:
        """What becomes of a mutant."""
        verdict, by = self.verdict(mutant.function)
        if verdict == "equivalent" and not self.determined:
            verdict = "surviving"
        place = (mutant.operator, mutant.line, mutant.column, mutant.old, mutant.new)
        return Outcome(*place, verdict, by)

    def verdict(self, changed: Function) -> tuple[Verdict, str]:
        """Verdict on a changed function, "equivalent" for one whose obligations are all proved."""
        program = Program(functions={**self.program.functions, changed.id: changed})
        try:
            check_function(program, changed)
            generated = generate(program, changed)
        except WellFormedError as error:
            return "refused", error.message
        except UnsupportedError as error:
            return "refused", str(error)
        machine = Machine(program, STEPS)
        unknown: list[VC] = []
        for vc in generated.vcs:
            if vc.sha256 in self.proved:
                continue
            answer = decide(vc).verdict
            if answer == "refuted":
                return "refuted", vc.id
            if answer == "unknown":
                if not unknown and (run := self.broken_run(machine)):
                    return "executed", run
                unknown.append(vc)
                if len(unknown) == OPEN_LIMIT:
                    break
            else:
                self.proved.add(vc.sha256)
        if unknown:
            return "unknown", unknown[0].id
        if run := self.broken_run(machine):
            raise UnsoundError(
                f"{self.function.label} is proved, but {run}:\n{show_function(changed)}"
            )
        return "equivalent", ""

    def broken_run(self, machine: Machine) -> str:
        """A call on which a changed function does not do what the original does; "" for none."""
        for sample in self.inputs:
            call = call_text(self.function.id, sample.arguments)
            try:
                result = machine.call(self.function.id, copied_all(sample.arguments))
            except CheckFailed as failure:
                return f"{call}: {failure.kind.value} fails at line {failure.place.line}"
            except NotAdmissibleError:  # with a precondition left out there are more, never fewer
                continue
            except StepLimit as error:
                return f"{call} takes {error}"
            if self.determined and not alike(result, sample.result):
                return f"{call} differs"
        return ""


#: The program of a worker process.
_program: Program | None = None


def _start(program: Program) -> None:
    global _program  # noqa: PLW0603  # one program per process, sent once
    _program = program


def examine(
    identity: FunctionId, first: int, last: int, clauses: bool
) -> tuple[bool, list[Outcome], list[Clause]]:
    """One worker's share: mutants `first..last - 1` of a function, and its clauses if asked."""
    assert _program is not None
    examiner = Examiner(_program, _program[identity])
    examiner.original()
    changed = changed_functions(_program, examiner.function)[first:last]
    outcomes = [examiner.outcome(m) for m in changed]
    return examiner.determined, outcomes, list(left_out(examiner)) if clauses else []


def changed_functions(program: Program, function: Function) -> list[Mutant]:
    """Mutants of a kernel's body or of a lemma's statement."""
    change = mutants if function.role is Role.KERNEL else statement_mutants
    return change(program, function)


def left_out(examiner: Examiner) -> Iterator[Clause]:
    """Leave out each precondition and each conjunct of a loop invariant in turn."""
    function = examiner.function
    for number, clause in enumerate(function.requires):
        others = (*function.requires[:number], *function.requires[number + 1 :])
        needed = examiner.verdict(replace(function, requires=others))[0] != "equivalent"
        yield Clause("precondition", clause.place.line, clause.place.text, needed)
    conditions = [n for s in function.body for n in nodes(s) if isinstance(n, Condition)]
    for condition in conditions:
        changed = replace(function, body=_without(function.body, condition))
        needed = examiner.verdict(changed)[0] != "equivalent"
        yield Clause("invariant", condition.place.line, condition.place.text, needed)


def _without(node: Any, condition: Condition) -> Any:
    """Statements, one loop invariant of which says nothing."""
    if node is condition:
        return replace(condition, condition=BoolLiteral(value=True))
    if type(node) is tuple:
        return tuple(_without(part, condition) for part in node)
    if not isinstance(node, Statement):
        return node
    names = [name for name in ("invariants", "body", "then", "otherwise") if hasattr(node, name)]
    return replace(node, **{name: _without(getattr(node, name), condition) for name in names})


def run(program: Program, functions: Sequence[Function], jobs: int) -> Iterator[KernelOutcome]:
    """Outcomes in the order of `functions`, each as soon as it and all before it are known.

    Raises NotProvedError if the unchanged product has an obligation that is not proved, and
    UnsoundError if a proved mutant breaks its contract.
    """
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_start, initargs=(program,)) as pool:
        shares = []
        for function in functions:
            count = len(changed_functions(program, function))
            kernel = function.role is Role.KERNEL
            starts = range(0, max(count, 1), CHUNK)
            arguments = [(function.id, s, s + CHUNK, kernel and s == 0) for s in starts]
            shares.append((function, [pool.submit(examine, *a) for a in arguments]))
        try:
            for function, futures in shares:
                parts = [f.result() for f in futures]
                yield KernelOutcome(
                    function.label,
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

"""From obligations to verdicts: Z3 decides, a second, unrelated solver decides again.

The second solver reads the full text. Where that takes it too long, it reads the unsatisfiable
core that Z3 names: fewer hypotheses imply the full obligation, and both hashes are reported.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from veriquant_proofs.solvers.answers import Answer, Verdict, with_asserts
from veriquant_proofs.solvers.backends import PACKAGES, SolverMissing, version
from veriquant_proofs.solvers.cache import Cache
from veriquant_proofs.solvers.pool import Job, Pool, Question
from veriquant_proofs.vcgen.vc import VC, Input, Vacuity

#: Seconds the second solver gets for the full text before it is given the core.
FULL_TEXT_LIMIT = 2.0

#: Seconds for one search for a witness, and the lengths of sequences tried after "any".
WITNESS_LIMIT = 5.0
WITNESS_LENGTHS = (1, 2)


@dataclass(frozen=True, slots=True)
class Options:
    """How to decide. `solvers`: the first decides, the second confirms; one alone proves nothing
    twice, and the run fails unless `single` was asked for."""

    jobs: int = 2
    timeout: float = 20.0
    cache: Path | None = None
    solvers: tuple[str, ...] = ("z3", "cvc5")


@dataclass(slots=True)
class Decision:
    """A VC and what was found out. `answers` in the order in which they were asked for."""

    vc: VC
    verdict: Verdict
    answers: list[Answer]
    core: str | None = None  # text of the unsatisfiable core, where the second solver read it

    @property
    def first(self) -> Answer:
        """The deciding answer."""
        return self.answers[0]

    @property
    def second(self) -> Answer | None:
        """The confirming answer, None where there is none."""
        definite = [a for a in self.answers[1:] if a.solver != self.answers[0].solver]
        return definite[-1] if definite else None

    @property
    def proved_twice(self) -> bool:
        """Two unrelated solvers say so."""
        return (
            self.verdict is Verdict.PROVED
            and {"unsat"} == {a.answer for a in (self.first, self.second) if a is not None}
            and self.second is not None
        )


@dataclass(slots=True)
class Satisfiability:
    """A vacuity obligation and its answer; `model` gives the witness's arguments."""

    obligation: Vacuity
    verdict: Verdict  # PROVED: satisfiable; VACUOUS: not; UNKNOWN
    answers: list[Answer]
    model: dict[str, Any] | None = None


def require_solvers(names: Iterable[str]) -> None:
    """Raises SolverMissing for one that is not installed, ValueError for one not known."""
    for name in names:
        if name not in PACKAGES:
            raise ValueError(f"unknown solver {name}: choose from {', '.join(PACKAGES)}")
        if importlib.util.find_spec(name) is None:
            raise SolverMissing(name)
        version(name)


def decide(
    vcs: Sequence[VC],
    obligations: Sequence[Vacuity],
    options: Options,
    progress: Callable[[], None] = lambda: None,
) -> tuple[list[Decision], list[Satisfiability], Cache]:
    """Verdicts on all obligations, in the order given. Raises SolverMissing."""
    require_solvers(options.solvers)
    cache = Cache(options.cache)
    decisions = [Decision(vc, Verdict.UNKNOWN, []) for vc in vcs]
    witnesses = [Satisfiability(o, Verdict.UNKNOWN, []) for o in obligations]
    jobs = [_first(d, options) for d in decisions] + [_witness(w, options) for w in witnesses]
    with Pool(options.jobs, cache) as pool:
        pool.run(jobs, progress)
    for decision in decisions:
        decision.verdict = _verdict(decision, options)
    return decisions, witnesses, cache


def _inputs(inputs: tuple[Input, ...]) -> list[dict[str, Any]]:
    return [asdict(entry) for entry in inputs]


def _second_name(decision: Decision, options: Options) -> str | None:
    if len(options.solvers) < 2:
        return None
    preferred = decision.vc.second
    installed = importlib.util.find_spec(preferred) is not None
    return preferred if installed and preferred != options.solvers[0] else options.solvers[1]


def _first(decision: Decision, options: Options) -> Job:
    vc = decision.vc
    question = Question(
        options.solvers[0], vc.smt2, options.timeout, (("inputs", _inputs(vc.inputs)),)
    )

    def then(answer: Answer) -> Iterable[Job]:
        decision.answers.append(answer)
        second = _second_name(decision, options)
        if second is None:
            return []
        # Where Z3 found nothing out, the other may: its answer counts, but once.
        limit = options.timeout if answer.answer != "unsat" else FULL_TEXT_LIMIT
        return [_confirm(decision, options, second, vc.smt2, min(limit, options.timeout), True)]

    return Job(question, then)


def _confirm(
    decision: Decision, options: Options, solver: str, text: str, limit: float, full: bool
) -> Job:
    def then(answer: Answer) -> Iterable[Job]:
        decision.answers.append(answer)
        undecided = answer.answer == "unknown" and decision.first.answer == "unsat"
        if undecided and full and decision.first.solver == "z3":
            return [_core(decision, options, solver)]
        return []

    return Job(Question(solver, text, limit), then)


def _core(decision: Decision, options: Options, solver: str) -> Job:
    def then(answer: Answer) -> Iterable[Job]:
        if answer.answer != "unsat" or answer.core is None:
            # No core: the full text once more, with all the time there is.
            return [_confirm(decision, options, solver, decision.vc.smt2, options.timeout, False)]
        decision.core = with_asserts(decision.vc.smt2, answer.core)
        return [_confirm(decision, options, solver, decision.core, options.timeout, False)]

    return Job(Question("z3", decision.vc.smt2, options.timeout, (("core", True),)), then)


def _verdict(decision: Decision, options: Options) -> Verdict:
    answers = {a.answer for a in decision.answers if a.answer != "unknown"}
    if answers == {"sat", "unsat"}:
        return Verdict.DISPUTED
    if answers == {"sat"}:
        return Verdict.REFUTED
    wanted = min(len(options.solvers), 2)
    confirmed = {a.solver for a in decision.answers if a.answer == "unsat"}
    return Verdict.PROVED if len(confirmed) >= wanted else Verdict.UNKNOWN


def _witness(state: Satisfiability, options: Options) -> Job:
    """Any sequences, then short ones, which is a special case that solvers find more readily."""
    obligation = state.obligation
    inputs = (("inputs", _inputs(obligation.inputs)),)
    lengths = [i.length for i in obligation.inputs if i.length is not None]
    texts = [obligation.smt2]
    for limit in WITNESS_LENGTHS if lengths else ():
        bounds = "\n".join(f"(assert (<= {name} {limit}))" for name in lengths)
        texts.append(obligation.smt2.replace("(check-sat)", f"{bounds}\n(check-sat)"))

    def ask(position: int) -> Job:
        limit = min(options.timeout, WITNESS_LIMIT)
        return Job(Question("z3", texts[position], limit, inputs), lambda a: found(position, a))

    def found(position: int, answer: Answer) -> Iterable[Job]:
        state.answers.append(answer)
        if answer.answer == "sat":
            state.verdict, state.model = Verdict.PROVED, answer.model
        elif answer.answer == "unsat" and position == 0:
            state.verdict = Verdict.VACUOUS
        elif position + 1 < len(texts):
            return [ask(position + 1)]
        return []

    return ask(0)

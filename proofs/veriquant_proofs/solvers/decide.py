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

from veriquant_proofs.obligations.vc import VC, Input, Vacuity
from veriquant_proofs.solvers.answers import Answer, Verdict, with_asserts
from veriquant_proofs.solvers.backends import PACKAGES, SolverMissing, version
from veriquant_proofs.solvers.cache import Cache
from veriquant_proofs.solvers.pool import Job, Pool, Question

#: Steps (cvc5's resource units) that the second solver gets for the full text before it is given
#: the core. The obligations it decides in full need up to 165 000, about 0.3 s; the number does not
#: depend on the machine's speed, so neither does what the report shows.
FULL_TEXT_STEPS = 250_000

#: Steps (Z3's resource units) for one search for a witness: about two seconds. Those that are found
#: need up to a million.
WITNESS_STEPS = 2_000_000

#: Lengths of sequences tried before "any".
WITNESS_LENGTHS = (1, 2)


@dataclass(frozen=True, slots=True)
class Options:
    """How to decide.

    `timeout`: seconds for one answer; `cache`: directory of kept answers, None for none;
    `solvers`: the first decides, the second confirms. One alone proves nothing twice.
    """

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
    def first(self) -> Answer | None:
        """The deciding answer, None before it is there."""
        return self.answers[0] if self.answers else None

    @property
    def second(self) -> Answer | None:
        """The last answer of another solver, None where there is none."""
        others = [a for a in self.answers[1:] if a.solver != self.answers[0].solver]
        return others[-1] if others else None

    @property
    def model(self) -> dict[str, Any] | None:
        """The parameters' values in a counterexample, None where there is none to build."""
        return next((a.model for a in self.answers if a.model is not None), None)

    @property
    def state(self) -> dict[str, Any]:
        """The other constants' values in a counterexample."""
        return next((a.state for a in self.answers if a.state), {})

    @property
    def proved_twice(self) -> bool:
        """Two unrelated solvers say so."""
        agreeing = {a.solver for a in self.answers if a.answer == "unsat"}
        return self.verdict is Verdict.PROVED and len(agreeing) > 1


@dataclass(slots=True)
class Satisfiability:
    """A vacuity obligation and its answer; `model` gives the witness's arguments.

    `verdict`: PROVED is satisfiable, VACUOUS is not. Where it is UNKNOWN, `model` may hold
    arguments of the preconditions alone: running the function on them tells.
    """

    obligation: Vacuity
    verdict: Verdict
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
    finished: Callable[[], None] = lambda: None,
) -> tuple[list[Decision], list[Satisfiability], Cache]:
    """Verdicts on all obligations, in the order given; `finished` is called after each.

    Raises SolverMissing, and ValueError for an unknown solver.
    """
    require_solvers(options.solvers)
    cache = Cache(options.cache)
    decisions = [Decision(vc, Verdict.UNKNOWN, []) for vc in vcs]
    witnesses = [Satisfiability(o, Verdict.UNKNOWN, []) for o in obligations]
    preconditions = {o.kernel: o.smt2 for o in obligations if o.what == "precondition"}
    jobs = [_first(d, options) for d in decisions] + [
        _witness(w, options, preconditions) for w in witnesses
    ]
    with Pool(options.jobs, cache) as pool:
        pool.run(jobs, finished)
    for decision in decisions:
        decision.verdict = _verdict(decision, options)
    return decisions, witnesses, cache


def proved_before(vcs: Sequence[VC], options: Options) -> bool:
    """Whether the cache knows of every obligation that two solvers proved it."""
    cache = Cache(options.cache)
    decisions = [Decision(vc, Verdict.UNKNOWN, []) for vc in vcs]
    with Pool(options.jobs, cache, ask=False) as pool:
        pool.run([_first(decision, options) for decision in decisions])
    for decision in decisions:
        decision.verdict = _verdict(decision, options)
    return all(decision.proved_twice for decision in decisions)


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

    def then(answer: Answer) -> Job | None:
        decision.answers.append(answer)
        second = _second_name(decision, options)
        if second is None:
            return None
        # A core can be had only where Z3 refuted the negation.
        narrow = answer.answer == "unsat" and answer.solver == "z3"
        return _confirm(decision, options, second, vc.smt2, "full" if narrow else "last")

    return Job(question, then)


def _confirm(decision: Decision, options: Options, solver: str, text: str, stage: str) -> Job:
    """Ask the second solver; where it does not decide: the core, then the full text with all time.

    `stage` is "full" (limited, because the core may be decided sooner), "core" or "last".
    """
    limited = (("steps", FULL_TEXT_STEPS),) if stage != "last" and solver == "cvc5" else ()

    def then(answer: Answer) -> Job | None:
        decision.answers.append(answer)
        if answer.answer != "unknown" or stage == "last":
            return None
        if stage == "full":
            return _core(decision, options, solver)
        decision.core = None
        return _confirm(decision, options, solver, decision.vc.smt2, "last")

    return Job(Question(solver, text, options.timeout, limited), then)


def _core(decision: Decision, options: Options, solver: str) -> Job:
    def then(answer: Answer) -> Job | None:
        if answer.answer != "unsat" or answer.core is None:
            return _confirm(decision, options, solver, decision.vc.smt2, "last")
        decision.core = with_asserts(decision.vc.smt2, answer.core)
        return _confirm(decision, options, solver, decision.core, "core")

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


def _witness(state: Satisfiability, options: Options, preconditions: dict[str, str]) -> Job:
    """Short sequences first, which solvers find more readily, then any.

    Of a loop invariant that none of these searches decides, arguments are asked for that satisfy
    the preconditions and are not trivial.
    """
    obligation = state.obligation
    inputs = (("steps", WITNESS_STEPS), ("inputs", _inputs(obligation.inputs)))
    texts: list[str] = []
    if any(entry.length is not None for entry in _leaves(obligation.inputs)):
        texts += [_bounded(obligation, obligation.smt2, 0, limit) for limit in WITNESS_LENGTHS]
    whole = len(texts)  # position of the text whose "unsat" is the obligation's
    texts.append(obligation.smt2)
    if obligation.what == "invariant" and obligation.kernel in preconditions:
        texts.append(_bounded(obligation, preconditions[obligation.kernel], 1, 2))

    def ask(position: int) -> Job:
        question = Question("z3", texts[position], options.timeout, inputs)
        return Job(question, lambda answer: found(position, answer))

    def found(position: int, answer: Answer) -> Job | None:
        state.answers.append(answer)
        if answer.answer == "unsat" and position == whole:
            state.verdict = Verdict.VACUOUS
            return None
        if answer.answer == "sat":
            state.model = answer.model
            if position <= whole:
                state.verdict = Verdict.PROVED
        # Satisfiable alone is not enough: arguments short enough to be run are wanted.
        if state.model is None and position + 1 < len(texts):
            return ask(position + 1)
        return None

    return ask(0)


def _leaves(inputs: tuple[Input, ...]) -> list[Input]:
    """The inputs, tuples replaced by their items."""
    return [leaf for e in inputs for leaf in (_leaves(e.items) if e.sort == "tuple" else [e])]


def _bounded(obligation: Vacuity, text: str, low: int, high: int) -> str:
    """The text with every sequence between `low` and `high` long."""
    inputs = _leaves(obligation.inputs)
    terms = [(entry.length, entry.length) for entry in inputs]
    terms += [(e.width, f"(select {e.width} {row})") for e in inputs for row in range(high)]
    # A length that the text does not declare is free.
    used = [term for name, term in terms if f"(declare-const {name} " in text]
    bounds = "\n".join(f"(assert (<= {low} {term} {high}))" for term in used)
    return text.replace("(check-sat)", f"{bounds}\n(check-sat)")

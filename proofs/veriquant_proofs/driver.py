"""One verification run: obligations, two solvers, witnesses, replays, trials, Lean, CrossHair."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from veriquant_proofs.core.syntax import Function, FunctionId, Role
from veriquant_proofs.frontend.link import check_links
from veriquant_proofs.frontend.program import Source
from veriquant_proofs.generated import generated, reading_key, sources_sha256
from veriquant_proofs.obligations.vc import VC, KernelVCs, Vacuity
from veriquant_proofs.places import BUILD
from veriquant_proofs.runtime.replay import (
    Refutation,
    Replay,
    WitnessRun,
    replay_all,
    run_witnesses,
)
from veriquant_proofs.runtime.replay import Witness as Call
from veriquant_proofs.runtime.trials import Broken, Trial, run_trials
from veriquant_proofs.solvers.answers import Verdict
from veriquant_proofs.solvers.cache import Cache
from veriquant_proofs.solvers.decide import (
    Decision,
    Options,
    Satisfiability,
    decide,
    proved_before,
    require_solvers,
)
from veriquant_proofs.symbolic import read_outcomes, source_key

CROSSHAIR_FILE = BUILD / "crosshair.json"

#: Worst first: the order in which the report lists what is not proved.
SEVERITY = (
    Verdict.DISPUTED,
    Verdict.REFUTED,
    Verdict.VACUOUS,
    Verdict.UNKNOWN,
    Verdict.JUSTIFIED,
    Verdict.PROVED,
)


@dataclass(slots=True)
class Witness:
    """A satisfiability obligation, its solver answers, and the run of its witness."""

    state: Satisfiability
    run: WitnessRun

    @property
    def good(self) -> bool:
        """The real function accepted the witness: stronger than a solver's "satisfiable"."""
        return self.state.verdict is not Verdict.VACUOUS and self.run.good

    @property
    def word(self) -> str:
        """The outcome in one word."""
        if self.good:
            return "satisfiable"
        return "not run" if self.state.verdict is Verdict.PROVED else self.state.verdict.value


@dataclass(slots=True)
class LeanResult:
    """The Lean check: its JSON record, or the reason why there is none."""

    record: dict[str, Any] | None = None
    error: str | None = None
    skipped: bool = False

    @property
    def good(self) -> bool:
        """Every theorem checked, no hole, no axiom."""
        if self.record is None:
            return self.skipped
        totals = self.record["totals"]
        return not totals["holes"] and not totals["axioms"]


@dataclass(slots=True)
class Run:
    """Everything that a report is made from."""

    kernels: list[KernelVCs]
    decisions: list[Decision]
    witnesses: list[Witness]
    replays: dict[str, Replay]
    lean: LeanResult
    crosshair: dict[str, dict[str, Any]]
    partial: bool
    options: Options
    trials: list[Trial] = field(default_factory=list)
    #: what a partial run was asked for ("" for a whole run), and the callees that it relies on
    asked: str = ""
    assumed: list[Function] = field(default_factory=list)
    claims: dict[str, Any] | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """What keeps the run from success, worst first; empty when all is well."""
        accepted = (Verdict.PROVED, Verdict.JUSTIFIED)
        bad = [d for d in self.decisions if d.verdict not in accepted]
        found = [
            self.describe(d)
            for d in sorted(bad, key=lambda d: SEVERITY.index(d.verdict))
            if d.verdict is not Verdict.VACUOUS  # said once, for the hypotheses, below
        ]
        for witness in self.witnesses:
            if not witness.good:
                obligation = witness.state.obligation
                place = f"{obligation.file}:{obligation.line}"
                found.append(f"{witness.word}: {obligation.id} ({place}): {witness.run.text}")
        once = [d for d in self.decisions if d.verdict is Verdict.PROVED and not d.proved_twice]
        if once:
            found.append(
                f"{len(once)} obligations decided by {self.options.solvers[0]} alone: run "
                "without --solver, so that a second, unrelated solver decides them too"
            )
        found += [f"UNSOUND: {t.label}: {t.text}" for t in self.unsound]
        found += [f"{t.label}: {t.text}" for t in self.trials if t.error is not None]
        if not self.lean.good:
            found.append(f"Lean: {self.lean.error or 'a theorem has a hole or an axiom'}")
        for name, outcome in self.crosshair.items():
            if outcome["outcome"] == "counterexample":
                found.append(f"CrossHair: {name}: {outcome['detail']}")
        for claim in (self.claims or {}).get("failed", []):
            found.append(f"claim: {claim}")
        return found

    @property
    def unsound(self) -> list[Trial]:
        """Trials that contradict a proof or a written reason, or on which Python differs from what
        was read: not those that break a check of which the run says already that it may fail."""
        open_ones = {
            Broken(identity(d.vc), d.vc.kind, d.vc.line)
            for d in self.decisions
            if d.verdict not in (Verdict.PROVED, Verdict.JUSTIFIED)
        }
        return [t for t in self.trials if t.alarm is not None and t.alarm.broken not in open_ones]

    def describe(self, decision: Decision) -> str:
        """One line about an obligation that is not proved."""
        vc = decision.vc
        text = f"{decision.verdict.value}: {vc.id} ({vc.file}:{vc.line}:{vc.column}): {vc.goal}"
        played = self.replays.get(vc.id)
        if played is not None:
            word = "confirmed" if played.confirmed else "not confirmed on the real function"
            text += f"\n    counterexample {word}: {played.call}: {played.message}"
        if decision.verdict is not Verdict.REFUTED:
            text += "".join(f"\n    {a.solver}: {a.answer} {a.reason}" for a in decision.answers)
        return text


@dataclass(frozen=True, slots=True)
class Steps:
    """Which parts to run besides the obligations."""

    lean: bool = True
    claims: bool = True


#: Called with (done, total, what) as the run goes on.
Progress = Callable[[int, int, str], None]


def verify(
    source: Source,
    names: Sequence[str],
    options: Options,
    steps: Steps,
    asked: str = "",
    progress: Progress = lambda *_: None,
) -> Run:
    """Run everything on a source's functions, or on those that names pick.

    `asked`: what a run on less than the product is called, "" for the product. Raises
    VerificationSubsetError, KeyError (unknown name), SolverMissing.
    """
    require_solvers(options.solvers)
    seconds: dict[str, float] = {}
    partial = bool(asked)
    lean = LeanResult(skipped=partial or not steps.lean)
    thread = threading.Thread(target=_lean_into, args=(lean, options.jobs), daemon=True)
    clock = time.perf_counter()
    functions = source.selected(names)
    cache = Cache(options.cache)
    kernels = generated(source, functions, cache)
    check_links(source)
    if not lean.skipped:  # after the sources were read: what cannot be read ends the run at once
        thread.start()
    seconds["generate"] = time.perf_counter() - clock
    clock = time.perf_counter()
    run = verify_obligations(source, kernels, options, progress)
    seconds["decide"] = time.perf_counter() - clock
    clock = time.perf_counter()
    run.trials = _trials(source, functions, options, progress)
    seconds["try"] = time.perf_counter() - clock
    run.lean, run.partial, run.asked = lean, partial, asked
    run.assumed = _assumed(source, functions, options) if partial else []
    run.crosshair = _crosshair(source, functions)
    run.seconds = seconds
    if not lean.skipped:
        progress(0, 0, "Lean")
        clock = time.perf_counter()
        thread.join()
        run.seconds["wait for Lean"] = time.perf_counter() - clock
    return run


def verify_obligations(
    source: Source,
    kernels: list[KernelVCs],
    options: Options,
    progress: Progress = lambda *_: None,
) -> Run:
    """Decide, run the witnesses and replay the counterexamples of these functions alone.

    The result says nothing of trials, Lean (skipped), CrossHair and the claims. Raises
    SolverMissing.
    """
    vcs = [vc for k in kernels for vc in k.vcs]
    obligations = [o for k in kernels for o in k.vacuity]
    done, total = 0, len(vcs) + len(obligations)

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total, "obligations")

    decisions, states, cache = decide(vcs, obligations, options, step)
    witnesses = _witnesses(source, states)
    _settle(decisions, states)
    refuted = [d for d in decisions if d.verdict in (Verdict.REFUTED, Verdict.DISPUTED)]
    played = replay_all(source.program, [refutation(d) for d in refuted])
    run = Run(
        kernels,
        decisions,
        witnesses,
        {d.vc.id: replay for d, replay in zip(refuted, played, strict=True)},
        LeanResult(skipped=True),
        {},
        True,
        options,
    )
    for decision in decisions:
        if decision.vc.justification and decision.verdict is Verdict.PROVED:
            run.notes.append(f"{decision.vc.id}: proved, so its justification is superfluous")
    if cache.damaged:
        run.notes.append(f"{cache.damaged} damaged cache entries ignored")
    return run


def refutation(decision: Decision) -> Refutation:
    """A refuted obligation as what is run: a function, a check and arguments."""
    vc = decision.vc
    return Refutation(
        function=identity(vc),
        kind=vc.kind,
        line=vc.line,
        arguments=decision.model,
        state=decision.state,
    )


def identity(obligation: VC | Vacuity) -> FunctionId:
    """The function that an obligation is about."""
    return FunctionId(module=obligation.module, name=obligation.function)


def _witnesses(source: Source, states: list[Satisfiability]) -> list[Witness]:
    """Run every witness whose arguments can be built; say of the others why not."""
    texts = {
        Verdict.VACUOUS: "nothing satisfies the hypotheses",
        Verdict.UNKNOWN: "no solver found a witness",
        Verdict.PROVED: "satisfiable, but no solver gave arguments that can be built",
    }
    calls = [
        Call(
            function=identity(s.obligation),
            arguments=s.model,
            loop=s.obligation.line if s.obligation.what == "invariant" else None,
        )
        for s in states
        if s.model is not None
    ]
    runs = iter(run_witnesses(source.program, calls))
    return [
        Witness(s, next(runs) if s.model is not None else WitnessRun(texts[s.verdict], False))
        for s in states
    ]


def _trials(
    source: Source, functions: Sequence[Function], options: Options, progress: Progress
) -> list[Trial]:
    """Every kernel and lemma on many inputs; known where nothing that is run has changed."""
    wanted = [f.id for f in functions if f.role is not Role.LOGIC]
    cache = Cache(options.cache)
    key = {
        "trials": reading_key(source),
        "runtime": sources_sha256("proofs/veriquant_proofs/runtime"),
        "functions": [str(i) for i in wanted],
    }
    kept = cache.read(key)
    if kept is not None:
        return [_trial(entry) for entry in kept]
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, len(wanted), "trials")

    found = run_trials(source.program, wanted, jobs=options.jobs, finished=step)
    if all(trial.alarm is None and trial.error is None for trial in found):
        cache.write(key, [{**asdict(t), "function": asdict(t.function)} for t in found])
    return found


def _trial(entry: dict[str, Any]) -> Trial:
    return Trial(**{**entry, "function": FunctionId(**entry["function"])})


def _assumed(source: Source, functions: Sequence[Function], options: Options) -> list[Function]:
    """Callees whose contracts this run relies on, and that no earlier run has proved."""
    cache = Cache(options.cache)
    return [
        callee
        for callee in source.assumed(functions)
        if not proved_before(generated(source, [callee], cache)[0].vcs, options)
    ]


def _settle(decisions: list[Decision], states: list[Satisfiability]) -> None:
    """What follows from contradictory hypotheses proves nothing; a written reason counts apart."""
    vacuous = {s.obligation.kernel for s in states if s.verdict is Verdict.VACUOUS}
    for decision in decisions:
        if decision.verdict is Verdict.PROVED and decision.vc.kernel in vacuous:
            decision.verdict = Verdict.VACUOUS
        elif decision.verdict is Verdict.UNKNOWN and decision.vc.justification:
            decision.verdict = Verdict.JUSTIFIED


def _lean_into(result: LeanResult, jobs: int) -> None:
    """Check the Lean development; whatever happens is recorded, never raised."""
    try:
        from veriquant_proofs.lean import check

        result.record = json.loads(check(jobs=jobs).to_json())
    except Exception as error:  # reported, and fails the run
        result.error = f"{type(error).__name__}: {error}"


def _crosshair(source: Source, functions: Sequence[Function]) -> dict[str, dict[str, Any]]:
    """Outcomes of the last `make test` on kernels, where it was for these very sources."""
    kept = read_outcomes(CROSSHAIR_FILE)
    found: dict[str, dict[str, Any]] = {}
    for function in functions:
        if function.role is Role.KERNEL:
            outcome = kept.get(function.label)
            if outcome is None or outcome.get("sha256") != source_key(source.program, function):
                outcome = {"outcome": "not run", "detail": "not run for this source: make test"}
            found[function.label] = outcome
    return found


def write_json_text(value: Any) -> str:
    """JSON as every report file holds it."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def default_output(partial: bool) -> Path:
    """Where a run's report goes; one of some kernels only does not replace the full one."""
    return BUILD / ("verify-partial" if partial else "verify")

"""One verification run: obligations, two solvers, witnesses, replays, Lean, claims, CrossHair."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from veriquant_proofs.replay import Replay, replay, run_witness
from veriquant_proofs.solvers.answers import Verdict
from veriquant_proofs.solvers.decide import Decision, Options, Satisfiability, decide
from veriquant_proofs.vcgen import generate
from veriquant_proofs.vcgen.source import REPOSITORY
from veriquant_proofs.vcgen.vc import KernelVCs

BUILD = REPOSITORY / "build"
CROSSHAIR_FILE = BUILD / "crosshair.json"


@dataclass(slots=True)
class Witness:
    """A satisfiability obligation, its solver answers, and the run of its witness."""

    state: Satisfiability
    call: str
    ran: bool

    @property
    def good(self) -> bool:
        """Satisfiable, and the real function accepted the witness."""
        return self.state.verdict is Verdict.PROVED and self.ran


@dataclass(slots=True)
class LeanResult:
    """The Lean check: its JSON record, or the reason why there is none."""

    record: dict[str, Any] | None
    error: str | None
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
    claims: dict[str, Any] | None
    crosshair: dict[str, dict[str, Any]]
    partial: bool
    options: Options
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """What keeps the run from success, worst first; empty when all is well."""
        order = [Verdict.DISPUTED, Verdict.REFUTED, Verdict.UNKNOWN]
        bad = [d for d in self.decisions if d.verdict is not Verdict.PROVED]
        found = []
        for decision in sorted(bad, key=lambda d: order.index(d.verdict)):
            if decision.vc.justification and decision.verdict is Verdict.UNKNOWN:
                continue
            found.append(self.describe(decision))
        for witness in self.witnesses:
            if not witness.good:
                obligation = witness.state.obligation
                word = "vacuous" if witness.state.verdict is Verdict.VACUOUS else "no witness ran"
                place = f"{obligation.file}:{obligation.line}"
                found.append(f"{word}: {obligation.id} ({place}): {witness.call}")
        if not self.lean.good:
            found.append(f"Lean: {self.lean.error or 'a theorem has a hole or an axiom'}")
        for name, outcome in self.crosshair.items():
            if outcome["outcome"] == "counterexample":
                found.append(f"CrossHair: {name}: {outcome['detail']}")
        for claim in (self.claims or {}).get("failed", []):
            found.append(f"claim: {claim}")
        return found

    def describe(self, decision: Decision) -> str:
        """One line about an obligation that is not proved."""
        vc = decision.vc
        text = f"{decision.verdict.value}: {vc.id} ({vc.file}:{vc.line}:{vc.column}): {vc.goal}"
        played = self.replays.get(vc.id)
        if played is not None:
            word = "confirmed" if played.confirmed else "not confirmed"
            text += f"\n    counterexample {word}: {played.call}: {played.message}"
        elif decision.verdict is not Verdict.REFUTED:
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
    names: Sequence[str], options: Options, steps: Steps, progress: Progress = lambda *_: None
) -> Run:
    """Run everything. Raises VerificationSubsetError, KeyError (unknown name), SolverMissing."""
    clock = time.perf_counter()
    seconds: dict[str, float] = {}
    partial = bool(names)
    lean = LeanResult(None, None, skipped=True)
    thread = None
    if steps.lean and not partial:
        thread = threading.Thread(target=_lean_into, args=(lean, options.jobs), daemon=True)
        thread.start()
    kernels = generate(names)
    seconds["generate"] = time.perf_counter() - clock
    vcs = [vc for k in kernels for vc in k.vcs]
    obligations = [o for k in kernels for o in k.vacuity]
    done, total = 0, 2 * len(vcs) + len(obligations)

    def step() -> None:
        nonlocal done, total
        done += 1
        total = max(total, done)
        progress(done, total, "obligations")

    clock = time.perf_counter()
    decisions, states, cache = decide(vcs, obligations, options, step)
    seconds["decide"] = time.perf_counter() - clock
    witnesses = [Witness(s, *run_witness(s.obligation, s.model)) for s in states]
    replays = {
        d.vc.id: replay(d.vc, next((a.model for a in d.answers if a.model is not None), None))
        for d in decisions
        if d.verdict in (Verdict.REFUTED, Verdict.DISPUTED)
    }
    run = Run(
        kernels,
        decisions,
        witnesses,
        replays,
        lean,
        None,
        _crosshair(kernels),
        partial,
        options,
        seconds,
    )
    if cache.damaged:
        run.notes.append(f"{cache.damaged} damaged cache entries ignored")
    if thread is not None:
        progress(done, total, "Lean")
        clock = time.perf_counter()
        thread.join()
        seconds["wait for Lean"] = time.perf_counter() - clock
    return run


def _lean_into(result: LeanResult, jobs: int) -> None:
    """Check the Lean development; whatever happens is recorded, never raised."""
    result.skipped = False
    try:
        from veriquant_proofs.lean import check

        record: dict[str, Any] = check(jobs=jobs).to_json()
        result.record = record
    except Exception as error:  # reported, and fails the run
        result.error = f"{type(error).__name__}: {error}"


def _crosshair(kernels: list[KernelVCs]) -> dict[str, dict[str, Any]]:
    """Outcomes of the last `make test` for these very sources."""
    try:
        kept = json.loads(CROSSHAIR_FILE.read_text(encoding="utf-8"))["kernels"]
    except (OSError, ValueError, KeyError):
        kept = {}
    found: dict[str, dict[str, Any]] = {}
    for kernel in kernels:
        if kernel.kernel.startswith("spec:"):
            continue
        outcome = kept.get(kernel.kernel)
        if outcome is None or outcome.get("sha256") != kernel.source_sha256:
            outcome = {"outcome": "not run", "detail": "not run for this source: make test"}
        found[kernel.kernel] = outcome
    return found


def write_json_text(value: Any) -> str:
    """JSON as every report file holds it."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def default_output(partial: bool) -> Path:
    """Where a run's report goes; one of some kernels only does not replace the full one."""
    return BUILD / ("verify-partial" if partial else "verify")

"""Z3's verdict on one obligation, within a budget that does not depend on the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import z3

from veriquant_proofs.obligations import VC

Verdict = Literal["proved", "refuted", "unknown"]

#: Z3 counts its own steps, so the same budget gives the same answer on every machine. The hardest
#: obligation of a kernel needs 0.3 million of them, that of a lemma 4.7 million.
BUDGET = 10_000_000

#: A stop for a search that counts no steps while it runs (milliseconds).
TIMEOUT = 60_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, and Z3's model where the obligation is refuted."""

    verdict: Verdict
    model: Any = None


def decide(vc: VC, budget: int = BUDGET) -> Answer:
    """Proved exactly if the obligation's negation is unsatisfiable."""
    solver = z3.Solver(ctx=z3.Context())  # nothing that was decided before may steer the search
    solver.set("rlimit", budget)
    solver.set("timeout", TIMEOUT)
    solver.from_string(vc.smt2)
    result = solver.check()
    if result == z3.unsat:
        return Answer("proved")
    if result == z3.sat:
        return Answer("refuted", solver.model())
    return Answer("unknown")

"""Random programs: CPython, the core's interpreter and the formulas say the same of each.

VERIQUANT_RANDOM_PROGRAMS multiplies the number of programs (nightly runs: 50 or more), and
VERIQUANT_RANDOM_SEED moves to other ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from differential import Tally, explore
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.syntax import Operator
from veriquant_proofs.obligations import lowering
from veriquant_proofs.obligations.formula import Arithmetic, Term
from veriquant_proofs.obligations.statements import Walk
from veriquant_proofs.obligations.trail import Trail

FACTOR = int(os.environ.get("VERIQUANT_RANDOM_PROGRAMS", "1"))
SEED = int(os.environ.get("VERIQUANT_RANDOM_SEED", "20240501"))

#: Programs per test, and what at least must have been seen in them for the test to mean something.
PROGRAMS = 16
LEAST = {
    "straight": {"failed runs": 40, "passed runs": 60, "values compared": 8,
                 "passed runs compared": 40, "failed runs compared": 30,
                 "counterexamples run": 5, "runs on CPython": 100},
    "loops": {"failed runs": 40, "passed runs": 40, "values": 6, "runs on CPython": 80},
    "bits": {"failed runs": 40, "passed runs": 60, "values compared": 8,
             "passed runs compared": 40, "failed runs compared": 30, "counterexamples run": 5},
    "wild": {"failed runs": 30, "passed runs": 60, "values": 10, "runs on CPython": 120},
    "lemma": {"failed runs": 50, "passed runs": 20, "failed runs compared": 40},
}  # fmt: skip


@pytest.mark.parametrize("flavour", sorted(LEAST))
def test_three_ways_agree(flavour: str, tmp_path: Path) -> None:
    tally = Tally()
    explore(flavour, SEED, range(PROGRAMS * FACTOR), tmp_path, tally)
    assert tally.problems == []
    for what, least in LEAST[flavour].items():
        assert tally.counts[what] >= least, (what, tally.counts)


# Each of these bugs, put into the generator, must be noticed: the comparison has teeth.


def _truncating(self: Any, operator: Operator, a: Term, b: Term, bound: Any) -> Any:
    """SMT-LIB's `div` for every divisor: wrong where the divisor is negative."""
    return lowering.Lowered(Arithmetic(operator, a, b))


_assume, _check = Trail.assume, Trail.check


def _unchecked(wanted: Kind) -> Callable[..., None]:
    def check(self: Trail, kind: Kind, *rest: Any, **more: Any) -> None:
        if kind is not wanted:
            _check(self, kind, *rest, **more)

    return check


def _everywhere(self: Trail, formula: Term, text: str = "") -> None:
    self.truth(formula, text)


# What the generator must not get wrong: flavour of the programs, owner, name, wrong version.
BUGS: dict[str, tuple[str, Any, str, Any]] = {
    "division of negative numbers": ("straight", lowering.Lowering, "_divide", _truncating),
    "facts of a path hold everywhere": ("straight", Trail, "assume", _everywhere),
    "overflow is not checked": ("straight", Trail, "check", _unchecked(Kind.OVERFLOW)),
    "indices are not checked": ("wild", Trail, "check", _unchecked(Kind.INDEX)),
    "loops change nothing": ("loops", Walk, "_havoc", lambda self, node: None),
    "preserved invariants are not checked": (
        "loops",
        Trail,
        "check",
        _unchecked(Kind.INVARIANT_PRESERVED),
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_in_the_generator_is_noticed(
    bug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flavour, owner, name, replacement = BUGS[bug]
    assert hasattr(owner, name)
    monkeypatch.setattr(owner, name, replacement)
    tally = Tally()
    for number in range(60):
        explore(flavour, 5, range(number, number + 1), tmp_path, tally)
        if tally.problems:
            break
    assert tally.problems

"""A run that contradicts a proof fails the verification, whatever the solvers say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from veriquant_proofs.driver import Options, Run, verify_obligations
from veriquant_proofs.frontend import Source, read_files
from veriquant_proofs.obligations import generate
from veriquant_proofs.runtime.trials import run_trials
from veriquant_proofs.solvers.answers import Verdict

FALSE = """
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda a, result: result < a + 9)
def half(a: U8) -> I64:
    return a * 3 // 2
"""


def read(folder: Path, text: str = FALSE) -> Source:
    file = folder / "tried_by_hand.py"
    file.write_text(text, encoding="utf-8")
    return read_files([file])


def tried(source: Source) -> Run:
    """The file's obligations and trials, without a cache."""
    kernels = [generate(source.program, f) for f in source.verified()]
    run = verify_obligations(source, kernels, Options(jobs=1))
    run.trials = run_trials(source.program)
    return run


def test_a_refuted_contract_is_no_alarm(tmp_path: Path) -> None:
    run = tried(read(tmp_path))
    (trial,) = run.trials
    assert trial.alarm is not None and run.unsound == []
    assert [f for f in run.failures if f.startswith("refuted: tried_by_hand.half/postcondition")]
    assert not [f for f in run.failures if "UNSOUND" in f]


@pytest.mark.parametrize("verdict", [Verdict.PROVED, Verdict.JUSTIFIED])
def test_a_proof_that_a_run_contradicts_is_one(tmp_path: Path, verdict: Verdict) -> None:
    run = tried(read(tmp_path))
    for decision in run.decisions:  # as if the generator had written something weaker
        decision.verdict = verdict
    assert run.unsound == run.trials
    (failure,) = [f for f in run.failures if f.startswith("UNSOUND: tried_by_hand.half: half(a=")]
    assert "postcondition: result < a + 9" in failure


def test_python_that_differs_from_what_was_read_is_one(tmp_path: Path) -> None:
    source = read(tmp_path, FALSE.replace("a + 9", "2 * a + 1"))
    run = tried(source)
    assert run.failures == [] and run.unsound == []
    (function,) = source.verified()
    other = tmp_path / "other.py"
    other.write_text(FALSE.replace("a * 3 // 2", "a").replace("+ 9", "+ 8"), encoding="utf-8")
    program = replace(source.program, functions={function.id: replace(function, file=other)})
    run.trials = run_trials(program)
    (trial,) = run.unsound
    assert trial.alarm is not None and trial.alarm.broken is None
    assert [f for f in run.failures if f.startswith("UNSOUND")]

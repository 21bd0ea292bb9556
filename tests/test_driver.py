"""Verification runs on kernels with planted faults: what is reported, and what running shows."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planted import obligations, planted
from veriquant_proofs import driver, generated
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.driver import LeanResult, Run, verify_obligations
from veriquant_proofs.frontend import read_product
from veriquant_proofs.obligations.vc import VC
from veriquant_proofs.places import REPOSITORY
from veriquant_proofs.runtime import replay
from veriquant_proofs.solvers.answers import Verdict
from veriquant_proofs.solvers.cache import Cache
from veriquant_proofs.solvers.decide import Options
from veriquant_proofs.symbolic import source_key

HEADER = """
from collections.abc import Sequence
from typing import Annotated
from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel, variant
from veriquant_spec.types import I8, I64, U3, U4, U7, U8, Range
"""

Build = Callable[[str], Run]


@pytest.fixture
def run(tmp_path: Path) -> Build:
    """Verifies the kernel `f` of a text."""

    def build(code: str, **options: Any) -> Run:
        source = planted(HEADER + code, tmp_path)
        return verify_obligations(source, obligations(source), Options(jobs=1, **options))

    return build


def line_of(result: Run, text: str) -> int:
    """The first line of the kernel's file that holds `text`."""
    lines = result.kernels[0].file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def refuted(result: Run) -> list[VC]:
    """Obligations with a counterexample."""
    return [d.vc for d in result.decisions if d.verdict is Verdict.REFUTED]


GOOD = """
@kernel()
@ensure(lambda wide, narrow, result: result == wide + 16 * narrow)
def f(wide: U4, narrow: U3) -> U7:
    return (wide & 15) | ((narrow & 7) << 4)
"""


def test_a_right_kernel_is_proved_twice_and_its_witness_runs(run: Build) -> None:
    result = run(GOOD)
    assert all(d.proved_twice for d in result.decisions)
    assert [w.run.text for w in result.witnesses] == ["f(wide=0, narrow=0) = 0"]
    assert result.failures == []


def test_a_wrong_shift_is_confirmed_by_running_it(run: Build) -> None:
    result = run(GOOD.replace("<< 4", "<< 3"))
    (vc,) = [vc for vc in refuted(result) if vc.kind is Kind.POSTCONDITION]
    assert vc.line == line_of(result, "result == wide + 16 * narrow")
    played = result.replays[vc.id]
    assert (played.confirmed, played.exact) == (True, True)
    arguments = {k.arg: ast.literal_eval(k.value) for k in call_of(played.call).keywords}
    wide, narrow = arguments["wide"], arguments["narrow"]
    assert (wide & 15) | ((narrow & 7) << 3) != wide + 16 * narrow
    assert "ViolationError" in played.message
    assert any(vc.id in failure and played.call in failure for failure in result.failures)


def call_of(text: str) -> ast.Call:
    """A printed call, parsed."""
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    return call


def test_what_python_itself_does_not_notice_is_confirmed_too(run: Build) -> None:
    result = run("""
@kernel()
@ensure(lambda a, result: result == a * a)
def f(a: I64) -> I64:
    return a * a
""")
    vc = next(vc for vc in refuted(result) if vc.kind is Kind.OVERFLOW)
    played = result.replays[vc.id]
    assert (played.confirmed, played.exact) == (True, True)
    assert "overflow check fails at line" in played.message


WEAK = """
@kernel()
@ensure(lambda n, result: result == 2 * n)
def f(n: U8) -> I64:
    total = 0
    for i in range(n):
        assert invariant(0 <= total, total <= 2 * i)
        total = total + 2
    return total
"""


def test_an_invariant_too_weak_is_told_apart_from_wrong_code(run: Build) -> None:
    result = run(WEAK)
    (vc,) = refuted(result)
    assert vc.kind is Kind.POSTCONDITION
    played = result.replays[vc.id]
    assert not played.confirmed
    assert "is too weak to exclude it" in played.message
    assert "total" in played.message
    assert any("not confirmed on the real function" in failure for failure in result.failures)


def test_an_invariant_that_is_not_inductive_says_so(run: Build) -> None:
    result = run(WEAK.replace("total <= 2 * i", "total != 7, total <= 600"))
    preserved = [vc for vc in refuted(result) if vc.kind is Kind.INVARIANT_PRESERVED]
    assert preserved
    played = result.replays[preserved[0].id]
    assert not played.confirmed
    assert "does not preserve" in played.message


def test_contradictory_preconditions_prove_nothing(run: Build) -> None:
    result = run("""
@kernel()
@require(lambda a: a > 5)
@require(lambda a: a < 3)
@ensure(lambda result: result == 77)
def f(a: U8) -> U8:
    return a
""")
    assert {d.verdict for d in result.decisions} == {Verdict.VACUOUS}
    assert not any(d.proved_twice and d.verdict is Verdict.PROVED for d in result.decisions)
    assert [w.word for w in result.witnesses] == ["vacuous"]
    (failure,) = result.failures
    assert "satisfiable-precondition" in failure
    assert "nothing satisfies the hypotheses" in failure


def test_a_contract_that_raises_is_not_a_proof(run: Build) -> None:
    result = run("""
@kernel()
@ensure(lambda a, result: 8 // a == result)
def f(a: U8) -> U8:
    return 8
""")
    assert Kind.DIVISION in {vc.kind for vc in refuted(result)}
    (witness,) = result.witnesses
    assert not witness.good
    assert "divide by zero" in witness.run.text


def test_a_loop_that_is_never_entered_is_not_a_witness(run: Build) -> None:
    result = run("""
@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x = 0
    for i in range(0):
        assert invariant(x == 0)
        x = x + 1
    return x
""")
    outcome = {w.state.obligation.what: w for w in result.witnesses}
    assert outcome["precondition"].good
    assert not outcome["invariant"].good
    assert result.failures


def test_a_loop_witness_goes_through_the_loop(run: Build) -> None:
    result = run(WEAK.replace("total <= 2 * i", "total == 2 * i"))
    assert result.failures == []
    (state,) = [w.state for w in result.witnesses if w.state.obligation.what == "invariant"]
    assert state.model is not None
    assert state.model["n"] >= 1


ENDLESS = """
@kernel()
@require(lambda n: n > 2**40)
@ensure(lambda result: result == 0)
def f(n: I64) -> I64:
    x = 0
    for i in range(n):
        assert invariant(x == 0)
        x = x * 1
    return x
"""


def test_a_run_that_never_ends_is_cut(run: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "RUN_LIMIT", 0.05)  # long before the interpreter's steps are spent
    result = run(ENDLESS)
    assert all(d.proved_twice for d in result.decisions)
    assert all("did not return within 0.05 s" in w.run.text for w in result.witnesses)
    assert len(result.failures) == len(result.witnesses)


def test_a_run_of_too_many_steps_is_no_witness(run: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "RUN_LIMIT", 600.0)
    result = run(ENDLESS)
    assert all("StepLimit" in w.run.text for w in result.witnesses)
    assert len(result.failures) == len(result.witnesses)


def test_unknown_fails_the_run_and_a_written_reason_counts_apart(run: Build) -> None:
    code = """
@kernel()
@ensure(lambda x, y, z, result: x * x * x + y * y * y + z * z * z != 42)
def f(x: Small, y: Small, z: Small) -> U8:
    return 1
"""
    small = "Small = Annotated[int, Range(0, 2**18)]\n"
    result = run(small + code, timeout=0.3)
    (decision,) = [d for d in result.decisions if d.verdict is Verdict.UNKNOWN]
    assert any("unknown" in failure and decision.vc.id in failure for failure in result.failures)
    ensure = "@ensure(lambda x, y, z, result: x * x * x + y * y * y + z * z * z != 42)"
    reason = "  # justified(postcondition): a theorem of number theory"
    justified = run(small + code.replace(ensure, ensure + reason), timeout=0.3)
    (decision,) = [d for d in justified.decisions if d.vc.justification]
    assert decision.verdict is Verdict.JUSTIFIED
    assert justified.failures == []
    assert justified.notes == []


def test_a_reason_for_what_is_proved_is_noted(run: Build) -> None:
    reason = "  # justified(postcondition): needless"
    result = run(GOOD.replace("16 * narrow)", "16 * narrow)" + reason))
    (note,) = result.notes
    assert "postcondition" in note
    assert "superfluous" in note
    assert result.failures == []


def test_a_reason_does_not_excuse_a_counterexample(run: Build) -> None:
    reason = "  # justified(postcondition): needless"
    result = run(GOOD.replace("16 * narrow)", "8 * narrow)" + reason))
    assert any("refuted" in failure for failure in result.failures)


def test_one_solver_alone_fails_the_run(run: Build) -> None:
    result = run(GOOD, solvers=("z3",))
    (failure,) = result.failures
    assert "decided by z3 alone" in failure


# ------------------------------------------------------------------ Lean, CrossHair, claims


def lean(**totals: int) -> LeanResult:
    """A Lean record with these totals."""
    return LeanResult(record={"totals": {"theorems": 3, "axioms": 0, "holes": 0, **totals}})


@pytest.mark.parametrize(
    ("result", "good"),
    [
        (lean(), True),
        (lean(axioms=1), False),
        (lean(holes=1), False),
        (LeanResult(error="no Lean"), False),
        (LeanResult(), False),
        (LeanResult(skipped=True), True),
    ],
)
def test_lean_must_be_checked_without_hole_or_axiom(
    run: Build, result: LeanResult, good: bool
) -> None:
    done = run(GOOD)
    done.lean = result
    assert (done.failures == []) is good


def test_whatever_goes_wrong_in_lean_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> Any:
        raise RuntimeError("the wheel is not installed")

    monkeypatch.setattr("veriquant_proofs.lean.check", broken)
    result = LeanResult()
    driver._lean_into(result, 1)
    assert result.error == "RuntimeError: the wheel is not installed"
    assert not result.good


def test_a_crosshair_counterexample_and_a_broken_claim_fail_the_run(run: Build) -> None:
    done = run(GOOD)
    done.crosshair = {"packing.f": {"outcome": "counterexample", "detail": "f(3)"}}
    done.claims = {"failed": ["4.1.x: the check failed"]}
    assert len(done.failures) == 2


def test_a_crosshair_outcome_of_other_sources_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = read_product()
    kernels = source.selected(["packing.pack_pair"])
    path = tmp_path / "crosshair.json"
    monkeypatch.setattr(driver, "CROSSHAIR_FILE", path)
    assert driver._crosshair(source, kernels)["packing.pack_pair"]["outcome"] == "not run"
    key = source_key(source.program, kernels[0])
    for sha256, outcome in ((key, "confirmed"), ("0" * 64, "not run")):
        entry = {"outcome": "confirmed", "detail": "", "sha256": sha256}
        text = driver.write_json_text({"kernels": {"packing.pack_pair": entry}})
        path.write_text(text, encoding="utf-8")
        assert driver._crosshair(source, kernels)["packing.pack_pair"]["outcome"] == outcome


# ------------------------------------------------------------------ generation cache


def test_generated_obligations_come_back_equal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = read_product()
    functions = source.selected(["packing", "matmul.dot_wide", "lemma:lemmas.dot_bound"])
    cache = Cache(tmp_path)
    fresh = generated.generated(source, functions, cache)
    monkeypatch.setattr(generated, "generate", None)  # nothing is generated again
    kept = generated.generated(source, functions, cache)
    assert kept == fresh
    assert [vc.sha256 for k in kept for vc in k.vcs] == [vc.sha256 for k in fresh for vc in k.vcs]


def test_a_changed_source_generates_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in generated.SOURCES:
        (tmp_path / folder).mkdir(parents=True)
    source = tmp_path / generated.SOURCES[0] / "types.py"
    monkeypatch.setattr(generated, "REPOSITORY", tmp_path)
    source.write_text("MAX_K = 1\n", encoding="utf-8")
    before = generated.sources_sha256()
    source.write_text("MAX_K = 2\n", encoding="utf-8")
    assert generated.sources_sha256() != before
    source.write_text("MAX_K = 1\n", encoding="utf-8")
    assert generated.sources_sha256() == before
    source.rename(source.with_name("kinds.py"))
    assert generated.sources_sha256() != before


def test_the_key_names_every_file_that_was_read() -> None:
    files = {file.as_posix() for file, _ in read_product().files}
    kernels = (REPOSITORY / "impl/veriquant/kernels").glob("*.py")
    assert files > {p.relative_to(REPOSITORY).as_posix() for p in kernels}
    assert "spec/veriquant_spec/types.py" in files


def test_sources_that_are_not_there_are_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generated, "REPOSITORY", tmp_path)
    with pytest.raises(FileNotFoundError, match="no sources to hash"):
        generated.reading_key(read_product())

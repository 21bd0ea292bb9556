"""CrossHair on every kernel; the report has the outcomes from `build/crosshair.json`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planted import planted as read_planted
from veriquant_proofs import symbolic
from veriquant_proofs.core.syntax import Function, Program, Role
from veriquant_proofs.driver import CROSSHAIR_FILE
from veriquant_proofs.frontend import read_product
from veriquant_proofs.symbolic import Outcome, explore, read_outcomes, source_key

PRODUCT = read_product()
KERNELS = [f for f in PRODUCT.verified() if f.role is Role.KERNEL]

HEADER = """
from icontract import ensure
from veriquant_spec.markers import kernel, logic
from veriquant_spec.types import U3, U4, U7
"""

KERNEL = """
@logic
def packed(wide: int, narrow: int) -> int:
    return wide + 16 * narrow

@kernel()
@ensure(lambda wide, narrow, result: result == packed(wide, narrow))
def f(wide: U4, narrow: U3) -> U7:
    return wide + 16 * narrow
"""


def planted(code: str, directory: Path) -> tuple[Program, Function]:
    """The kernel `f` of a text, and its program."""
    source = read_planted(HEADER + code, directory)
    return source.program, source.verified()[0]


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.label)
def test_no_counterexample_to_a_kernel(kernel: Function) -> None:
    outcome = explore(PRODUCT.program, kernel, CROSSHAIR_FILE)
    assert outcome.outcome != symbolic.COUNTEREXAMPLE, outcome.detail
    assert outcome.outcome in (symbolic.CONFIRMED, symbolic.NOT_FOUND, symbolic.NOT_SUPPORTED)
    kept = read_outcomes(CROSSHAIR_FILE)[kernel.label]
    assert Outcome(**kept) == outcome
    assert outcome.sha256 == source_key(PRODUCT.program, kernel)


def test_a_right_kernel_is_confirmed_over_all_paths(tmp_path: Path) -> None:
    outcome = explore(*planted(KERNEL, tmp_path))
    assert outcome.outcome == symbolic.CONFIRMED
    assert outcome.detail == "2 of 2 conditions confirmed over all paths"


def test_a_planted_bug_is_found(tmp_path: Path) -> None:
    wrong = KERNEL.replace("return wide + 16 * narrow", "return wide + 16 * (narrow & 3)", 2)
    wrong = wrong.replace("return wide + 16 * (narrow & 3)", "return wide + 16 * narrow", 1)
    outcome = explore(*planted(wrong, tmp_path))
    assert outcome.outcome == symbolic.COUNTEREXAMPLE
    assert "f(" in outcome.detail


def test_no_time_is_not_a_confirmation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbolic, "HARD_LIMIT", 0.001)
    outcome = explore(*planted(KERNEL, tmp_path))
    assert outcome.outcome == symbolic.NOT_SUPPORTED
    assert "did not return" in outcome.detail


def test_an_outcome_is_reused_until_something_it_reaches_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def counted(calls_: object, limit: float) -> list[tuple[str, str]]:
        nonlocal calls
        calls += 1
        return [(symbolic.CONFIRMED, "all")]

    monkeypatch.setattr(symbolic, "call_apart", counted)
    kept = tmp_path / "crosshair.json"
    first = planted(KERNEL, tmp_path)
    assert explore(*first, kept) == explore(*first, kept)
    assert calls == 1
    changed = KERNEL.replace("return wide + 16", "return 0 + wide + 16", 1)
    explore(*planted(changed, tmp_path), kept)
    assert calls == 2  # the specification function that the contract names is another one


def test_a_damaged_file_is_no_outcome(tmp_path: Path) -> None:
    path = tmp_path / "crosshair.json"
    for text in ("", "{", "[]", '{"kernel": 1}'):
        path.write_text(text, encoding="utf-8")
        assert read_outcomes(path) == {}


def test_outcomes_of_other_kernels_stay(tmp_path: Path) -> None:
    path = tmp_path / "crosshair.json"
    symbolic._keep(path, "a", Outcome("confirmed", "", "1"))
    symbolic._keep(path, "b", Outcome("not supported", "why", "2"))
    assert set(json.loads(path.read_text(encoding="utf-8"))["kernels"]) == {"a", "b"}
    assert not list(tmp_path.glob("*.part"))

"""`veriquant verify` and `veriquant explain`: exit codes, messages, bad input."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from planted import written
from veriquant.cli import app
from veriquant_proofs import cli, driver, places
from veriquant_proofs.frontend import program, read_product
from veriquant_proofs.report import build as complete
from veriquant_proofs.solvers.decide import Options


@pytest.fixture(autouse=True)
def own_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Reports and cache of these tests stay out of the tree."""
    build = tmp_path / "build"
    monkeypatch.setattr(driver, "BUILD", build)
    monkeypatch.setattr(places, "BUILD", build)
    if not any(command.name == "verify" for command in app.registered_commands):
        cli.register(app)
    return build


def call(*arguments: str) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(app, list(arguments))


def test_a_proved_kernel_ends_with_zero_and_a_report(own_build: Path) -> None:
    result = call("verify", "packing.pack_pair", "--jobs", "1")
    assert result.exit_code == 0, result.output
    assert "OK for packing.pack_pair: every obligation proved twice" in result.stdout
    folder = own_build / "verify-partial"
    assert str(folder / "report.html") in result.stdout
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["ok"] is True
    assert not (own_build / "verify").exists()
    assert "Lean: not part of a run on some kernels only" in result.stdout


def test_a_full_run_writes_the_ledger_beside_the_report(
    own_build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = driver.verify(
        read_product(), ["packing.pack_pair"], Options(jobs=1), driver.Steps(), "packing"
    )
    small.partial = False  # as a run on all kernels
    monkeypatch.setattr(driver, "verify", lambda *_: small)
    result = call("verify", "--jobs", "1", "--no-lean")
    text = (own_build / "claims.md").read_text(encoding="utf-8")
    counts = json.loads((own_build / "verify" / "claims.json").read_text(encoding="utf-8"))[
        "counts"
    ]
    assert f"{sum(counts.values())} claims." in text
    assert f"{counts['refuted']} refuted" in result.stdout
    assert "markdown" not in (own_build / "verify" / "claims.json").read_text(encoding="utf-8")


def test_without_the_ledger_a_full_run_says_that_it_is_not_included(
    own_build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an installed wheel, which leaves the ledger out."""
    small = driver.verify(
        read_product(), ["packing.pack_pair"], Options(jobs=1), driver.Steps(), "packing"
    )
    small.partial = False
    monkeypatch.setattr(driver, "verify", lambda *_: small)
    monkeypatch.setattr(complete, "entry_points", lambda group: ())
    result = call("verify", "--jobs", "1", "--no-lean")
    assert "note: claims of the paper outline: not included" in result.stdout
    page = (own_build / "verify" / "report.html").read_text(encoding="utf-8")
    assert "claims of the paper outline: not included" in page
    assert not (own_build / "claims.md").exists()
    assert not (own_build / "verify" / "claims.json").exists()


def test_plain_progress_lines_go_to_stderr() -> None:
    result = call("verify", "packing.pack_pair", "--jobs", "1", "--no-cache")
    assert "obligations: 9 of 9" in result.stderr
    assert "obligations:" not in result.stdout


def test_a_cached_run_says_the_same(own_build: Path) -> None:
    first = call("verify", "packing", "--jobs", "1", "--out", str(own_build / "a"))
    again = call("verify", "packing", "--jobs", "1", "--out", str(own_build / "b"))
    assert list((own_build / "cache").rglob("*.json"))
    assert first.stdout.replace("/a/", "/b/") == again.stdout


def test_no_cache_keeps_nothing(own_build: Path) -> None:
    assert call("verify", "packing.pack_pair", "--no-cache").exit_code == 0
    assert not (own_build / "cache").exists()


def test_one_solver_alone_ends_with_one() -> None:
    result = call("verify", "packing.pack_pair", "--solver", "z3")
    assert result.exit_code == 1
    assert "decided by z3 alone" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verify", "packing.pack_piar"], "packing.pack_pair"),
        (["verify", "nothing"], "no kernel or module 'nothing'"),
        (["verify", "packing.pack_pair", "--solver", "yices"], "both, z3 or cvc5"),
        (["verify", "--jobs", "0"], "--jobs"),
        (["explain", "packing.pack_pair/postcondition/9"], "packing.pack_pair/postcondition/1"),
        (["explain", "packing.pack_piar/postcondition/1"], "no obligation"),
        (["explain"], "VC-ID"),
    ],
)
def test_usage_errors_end_with_two_and_a_hint(
    own_build: Path, arguments: list[str], message: str
) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not own_build.exists() or not list(own_build.glob("verify*"))


def test_a_missing_solver_ends_with_two(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "cvc5" else real(name, *a)
    )
    result = call("verify", "packing.pack_pair")
    assert result.exit_code == 2
    assert "pip install cvc5" in result.stderr


def test_an_output_that_is_a_file_is_refused_before_the_work(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine", encoding="utf-8")
    result = call("verify", "packing.pack_pair", "--out", str(path))
    assert result.exit_code == 2
    assert "is a file" in result.stderr
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_holds_other_files_is_refused_before_the_work(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine", encoding="utf-8")
    result = call("verify", "packing.pack_pair", "--out", str(tmp_path))
    assert result.exit_code == 2
    assert "holds notes.txt" in result.stderr
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_made_ends_with_two(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = call("verify", "packing.pack_pair", "--out", str(tmp_path / "file" / "report"))
    assert result.exit_code == 2
    assert "cannot write the report" in result.stderr


def test_a_full_disk_ends_with_two_and_leaves_nothing(
    own_build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = call("verify", "packing.pack_pair", "--no-cache")
    assert result.exit_code == 2
    assert "No space left on device" in result.stderr
    assert not list(own_build.iterdir())


def test_an_interruption_writes_nothing(own_build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(driver, "verify", interrupted)
    result = call("verify", "packing.pack_pair")
    assert result.exit_code == 130
    assert "no report written" in result.stderr
    assert not own_build.exists()


def test_ctrl_c_ends_a_real_run_and_its_solvers(tmp_path: Path) -> None:
    code = "from veriquant.cli import main; main()"
    out = tmp_path / "report"
    whole = ["verify", "--no-lean", "--no-claims", "--no-cache"]  # long enough to be interrupted
    command = [sys.executable, "-c", code, *whole, "--out", str(out)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stderr is not None
        while "obligations" not in process.stderr.readline():  # solvers are at work
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "no report written" in stderr
        assert not out.exists()
        assert not list(tmp_path.iterdir())
        deadline = time.monotonic() + 30  # the session's processes are gone
        while time.monotonic() < deadline:
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.1)
        else:
            pytest.fail("a solver process is still there")


# ------------------------------------------------------------------ sources that cannot be verified

HEADER = """
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U4, U7
"""

RIGHT = """
@kernel()
@ensure(lambda wide, result: result == wide)
def f(wide: U4) -> U7:
    return wide
"""

CALLER = """
from icontract import ensure
from veriquant.kernels.packing import unpack_wide
from veriquant_spec.markers import kernel
from veriquant_spec.types import U4, U7

@kernel()
@ensure(lambda pair, result: result == pair % 16)
def low(pair: U7) -> U4:
    return unpack_wide(pair)
"""


def test_a_planted_bug_ends_with_one_and_is_shown(own_build: Path, tmp_path: Path) -> None:
    code = """
@kernel("VQ-PACK-001")
@ensure(lambda wide, result: result == wide + 1)
def f(wide: U4) -> U7:
    return wide
"""
    result = call("verify", str(written(HEADER + code, tmp_path)))
    assert result.exit_code == 1
    assert "refuted: planted.f/postcondition/1" in result.stdout
    assert "counterexample confirmed: f(wide=" in result.stdout
    assert (own_build / "verify-partial" / "report.html").exists()


def test_a_kernel_without_contract_ends_with_two(own_build: Path, tmp_path: Path) -> None:
    code = "@kernel()\ndef f(wide: U4) -> U7:\n    return wide\n"
    result = call("verify", str(written(HEADER + code, tmp_path)))
    assert result.exit_code == 2
    assert "`f` has no contract" in result.stderr
    assert ":6:" in result.stderr
    assert not own_build.exists() or not list(own_build.glob("verify*"))


def test_a_function_without_mark_among_the_kernels_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written("def helper(x):\n    return x\n", tmp_path)
    monkeypatch.setattr(program, "product_files", lambda: [("veriquant.kernels.planted", path)])
    result = call("verify", "packing.pack_pair")
    assert result.exit_code == 2
    assert "`helper` is no kernel" in result.stderr


def test_a_construct_outside_the_subset_ends_with_two_and_its_place(tmp_path: Path) -> None:
    code = """
@kernel()
@ensure(lambda result: result == 1)
def f(wide: U4) -> U7:
    try:
        return 1
    finally:
        pass
"""
    result = call("verify", str(written(HEADER + code, tmp_path)))
    assert result.exit_code == 2
    assert ":9:" in result.stderr
    assert "outside the verified subset" in result.stderr


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (HEADER + "@kernel()\ndef f(:\n", "cannot parse"),
        ("x = 1\0", "cannot"),
        (HEADER + "@kernel()\ndef f(n) -> U7:\n    return 1\n", "parameter `n` has no type"),
        ("import nothing_like_it\n" + HEADER + RIGHT, "cannot import planted: ModuleNotFoundError"),
        (HEADER + "x = 1 // 0\n" + RIGHT, "cannot import planted: ZeroDivisionError"),
        (HEADER, "no function is marked"),
    ],
)
def test_a_file_that_cannot_be_read_or_run_ends_with_two_and_its_place(
    own_build: Path, code: str, message: str, tmp_path: Path
) -> None:
    result = call("verify", str(written(code, tmp_path)))
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert "planted.py:" in result.stderr
    assert not own_build.exists() or not list(own_build.glob("verify*"))


def test_a_file_that_is_not_there_ends_with_two(tmp_path: Path) -> None:
    result = call("verify", str(tmp_path / "none.py"))
    assert result.exit_code == 2
    assert "none.py" in result.stderr


def test_a_file_and_a_kernel_are_not_mixed(tmp_path: Path) -> None:
    result = call("verify", str(written(HEADER + RIGHT, tmp_path)), "packing")
    assert result.exit_code == 2
    assert "one kind at a time" in result.stderr


def test_a_users_file_is_verified_and_its_callees_are_told(own_build: Path, tmp_path: Path) -> None:
    code = CALLER.replace("@ensure", "# far from the product\n@ensure", 1)
    path = written(code, tmp_path)
    first = call("verify", str(path), "--jobs", "1")
    assert first.exit_code == 0, first.output
    assert "(1 callee assumed: packing.unpack_wide)" in first.stdout
    assert "CrossHair: 1 not run" in first.stdout
    assert call("verify", "packing.unpack_wide", "--jobs", "1").exit_code == 0
    again = call("verify", str(path), "--jobs", "1")
    assert f"OK for {path}: every" in again.stdout.replace("\n", "")


def test_the_subset_is_listed() -> None:
    result = call("verify", "--list-subset")
    assert result.exit_code == 0
    for part in ("@kernel", "Annotated[int, Range(low, high)]", "instead:", "break"):
        assert part in result.stdout


def test_a_defect_of_the_verifier_shows_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("a defect")

    monkeypatch.setattr(driver, "verify", broken)
    result = call("verify", "packing.pack_pair")
    assert isinstance(result.exception, KeyError)


# ------------------------------------------------------------------ explain


def test_explain_shows_code_path_hypotheses_goal_and_both_verdicts() -> None:
    result = call("explain", "rounding.rne_div/overflow-check/6")  # under an `if`
    assert result.exit_code == 0, result.output
    text = result.stdout
    for part in ("On the path:", "Knowing:", "Must hold:", "Verdict: proved", "VQ-RND-001"):
        assert part in text
    assert "z3" in text
    assert "cvc5" in text
    assert "impl/veriquant/kernels/rounding.py" in text
    assert "SMT-LIB" not in text


def test_explain_prints_the_text_that_the_solvers_read() -> None:
    result = call("explain", "packing.pack_pair/postcondition/1", "--smt2")
    assert "(check-sat)" in result.stdout


def test_help_has_examples() -> None:
    for command in ("verify", "explain"):
        result = call(command, "--help")
        assert result.exit_code == 0
        assert "Examples:" in result.stdout
    assert "packing.pack_pair" in {f.label for f in read_product().verified()}

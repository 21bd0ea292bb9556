"""`veriquant claims`: what it prints, what it writes, how it refuses bad input."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from outline_evidence import NOTHING, good_report
from veriquant.files import write_text
from veriquant_outline import Ledger, Verdict, ledger
from veriquant_outline.checks import Proved
from veriquant_outline.load import claims
from veriquant_outline.model import judge_all
from veriquant_outline.plugin import register
from veriquant_outline.render import markdown

CLAIMS = claims()
PROVED = [claim.id for claim in CLAIMS if isinstance(claim.check, Proved)]
JUDGED = judge_all(CLAIMS, NOTHING)


def run(*arguments: str) -> Any:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, list(arguments))


def test_claims_command_writes_markdown_and_filters(tmp_path: Path) -> None:
    build = tmp_path / "build"
    result = run("claims", "--build", str(build), "--verdict", "refuted", "--section", "4")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    ids = {entry.id for entry in ledger(build).select("refuted", "4").entries}
    assert len(ids) > 5
    assert {line.split()[1] for line in lines if line.startswith("refuted ")} == ids
    text = (build / "claims.md").read_text(encoding="utf-8")
    assert text == markdown(ledger(build))
    assert all(f"`{claim.id}`" in text for claim in CLAIMS)
    assert f"| recomputed | {JUDGED.counts[Verdict.RECOMPUTED]} |" in text
    assert [p.name for p in build.iterdir()] == ["claims.md"]


def test_json_holds_the_counts_and_every_entry(tmp_path: Path) -> None:
    result = run("claims", "--json", "--build", str(tmp_path))
    data = json.loads(result.stdout)
    assert sum(data["counts"].values()) == len(data["entries"]) == len(CLAIMS)
    entry = next(e for e in data["entries"] if e["id"] == "1.1.saving-fp16")
    assert entry["verdict"] == "refuted" and entry["ours"] == "78.125 %"


def test_one_claim_in_full(tmp_path: Path) -> None:
    result = run("claims", "--id", "4.1.theorem-1-own", "--build", str(tmp_path))
    assert result.exit_code == 0
    assert "Z3 found the channel" in result.stdout and "VQ-GRID-004" in result.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--verdict", "true"), "no verdict 'true'"),
        (("--section", "12"), "no section '12'"),
        (("--id", "nothing"), "no claim 'nothing'"),
    ],
)
def test_bad_arguments_exit_2_and_write_nothing(
    tmp_path: Path, arguments: tuple[str, str], message: str
) -> None:
    result = run("claims", "--build", str(tmp_path), *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_broken_evidence_file_exits_2_and_names_it(tmp_path: Path) -> None:
    (tmp_path / "verify").mkdir()
    (tmp_path / "verify" / "report.json").write_text("{")
    result = run("claims", "--build", str(tmp_path))
    assert result.exit_code == 2
    assert "report.json" in result.stderr and not (tmp_path / "claims.md").exists()


def test_a_failed_proof_exits_1(tmp_path: Path) -> None:
    (tmp_path / "verify").mkdir()
    report = json.dumps(good_report(**{"VQ-PACK-001": "refuted"}))
    (tmp_path / "verify" / "report.json").write_text(report)
    result = run("claims", "--build", str(tmp_path))
    assert result.exit_code == 1
    assert "3.2.encode" in result.stderr


def test_an_unwritable_folder_exits_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("claims", "--build", str(tmp_path / "file"))
    assert result.exit_code == 2


def test_a_file_appears_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_text(tmp_path / "claims.md", "text")
    assert list(tmp_path.iterdir()) == []


def test_a_report_of_other_sources_or_of_some_kernels_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "verify").mkdir()
    path = tmp_path / "verify" / "report.json"
    path.write_text(json.dumps(good_report()))
    assert ledger(tmp_path).counts[Verdict.PROVED] == len(PROVED)
    stale = good_report()
    stale["kernels"][0]["source"] += "    # edited"
    path.write_text(json.dumps(stale))
    judged = ledger(tmp_path)
    assert judged.counts[Verdict.PROVED] == judged.counts[Verdict.CORRECTED] == 0
    entry = next(e for e in judged.entries if e.id == "3.2.encode")
    assert "of other sources" in entry.evidence and entry.verdict is Verdict.OPEN
    path.write_text(json.dumps({**good_report(), "partial": True}))
    assert ledger(tmp_path).counts[Verdict.PROVED] == 0


def test_a_report_in_memory_takes_the_place_of_the_file(tmp_path: Path) -> None:
    assert ledger(tmp_path).counts[Verdict.PROVED] == 0
    judged = ledger(tmp_path, report=good_report())
    assert isinstance(judged, Ledger)
    assert judged.counts[Verdict.PROVED] == len(PROVED)

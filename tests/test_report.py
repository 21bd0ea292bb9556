"""The report: its numbers, its files, the same bytes for the same sources, whole or not at all."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from planted import obligations, planted
from veriquant import files
from veriquant_proofs import driver
from veriquant_proofs.driver import Run, Steps, verify, verify_obligations
from veriquant_proofs.frontend import read_product
from veriquant_proofs.places import REPOSITORY
from veriquant_proofs.report import model
from veriquant_proofs.report.build import complete, without_times
from veriquant_proofs.report.sarif import sarif
from veriquant_proofs.report.text import summary
from veriquant_proofs.report.write import write_report
from veriquant_proofs.solvers.decide import Options
from veriquant_spec.requirements import requirements

FILES = {"report.json", "report.html", "report.sarif", "summary.txt", "smt2"}

BROKEN = """
from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U4, U7


@kernel("VQ-PACK-001")
@ensure(lambda wide, narrow, result: result == wide + 16 * narrow)
def right(wide: U4, narrow: U3) -> U7:
    return wide + 16 * narrow


@kernel("VQ-PACK-002")
@ensure(lambda wide, narrow, result: result == wide + 16 * narrow)
def wrong(wide: U4, narrow: U3) -> U7:
    return wide + 8 * narrow


@kernel("VQ-PACK-003")
@require(lambda wide: wide < 0)
@ensure(lambda wide, result: result == 1 + wide)
def vacuous(wide: U4) -> U7:
    return wide
"""


@pytest.fixture(scope="module", autouse=True)
def crosshair_outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A file of outcomes that no other test writes to meanwhile, as CrossHair's own tests do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "CROSSHAIR_FILE", tmp_path_factory.mktemp("kept") / "crosshair.json")
        yield


@pytest.fixture(scope="module")
def good() -> Run:
    return verify(read_product(), ["packing"], Options(jobs=1), Steps(), "packing")


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Run:
    source = planted(BROKEN, tmp_path_factory.mktemp("planted"))
    return verify_obligations(source, obligations(source), Options(jobs=1))


def test_the_totals_add_up_over_every_obligation(good: Run, bad: Run) -> None:
    for run in (good, bad):
        data = model.report_data(run)
        totals = data["totals"]
        words = ("proved", "refuted", "unknown", "justified", "vacuous", "disputed")
        assert totals["vcs"] == len(data["vcs"]) == sum(totals[word] for word in words)
        assert totals["vcs"] == sum(row["total"] for row in data["kinds"])
        assert totals["vcs"] == sum(kernel["vcs"] for kernel in data["kernels"])
        for word in words:
            assert totals[word] == sum(vc["verdict"] == word for vc in data["vcs"])
        assert totals["proved_twice"] == sum(vc["proved_twice"] for vc in data["vcs"])
        assert set(totals["lean"]) == set(model.LEAN_TOTALS) > {"theorems", "axioms", "holes"}
        assert all(isinstance(totals[w], int) for w in (*words, "vcs", "proved_twice"))


def test_a_good_run_is_ok_and_a_bad_one_lists_what_failed(good: Run, bad: Run) -> None:
    assert model.report_data(good)["ok"] is True
    data = model.report_data(bad)
    assert data["ok"] is False
    verdicts = {
        vc["kernel"]: {v["verdict"] for v in data["vcs"] if v["kernel"] == vc["kernel"]}
        for vc in data["vcs"]
    }
    assert verdicts["planted.right"] == {"proved"}
    assert "refuted" in verdicts["planted.wrong"]
    assert verdicts["planted.vacuous"] == {"vacuous"}
    text = summary(data, None)
    assert text.index("FAILED") < text.index("refuted: planted.wrong/postcondition/1")
    assert "counterexample confirmed: wrong(" in text
    assert "nothing satisfies the hypotheses" in text


def test_every_obligation_carries_what_an_auditor_asks_for(good: Run) -> None:
    for vc in model.report_data(good)["vcs"]:
        assert (REPOSITORY / vc["file"]).is_file()
        assert vc["line"] >= 1
        assert vc["column"] >= 1
        assert set(vc["requirements"]) <= set(requirements())
        assert vc["first"]["answer"] == vc["second"]["answer"] == "unsat"
        assert vc["first"]["solver"] != vc["second"]["solver"]
        assert vc["first"]["sha256"] == vc["sha256"]
        hashes = {vc["sha256"]} | ({vc["core"]["sha256"]} if vc["core"] else set())
        assert vc["second"]["sha256"] in hashes


def test_requirements_are_traced_to_obligations(good: Run, bad: Run) -> None:
    rows = {row["id"]: row for row in model.report_data(good)["requirements"]}
    assert list(rows) == list(requirements())
    assert rows["VQ-PACK-003"]["status"] == "proved"
    assert "packing.unpack_pair" in rows["VQ-PACK-003"]["kernels"]
    assert rows["VQ-ACC-001"]["status"] == "open"
    rows = {row["id"]: row for row in model.report_data(bad)["requirements"]}
    assert rows["VQ-PACK-001"]["status"] == "proved"
    assert rows["VQ-PACK-002"]["status"] == "unproved"
    assert rows["VQ-PACK-003"]["status"] == "unproved"


def test_the_summary_has_a_row_per_kind_and_a_total(good: Run) -> None:
    data = model.report_data(good)
    lines = summary(data, None).splitlines()
    head = next(line for line in lines if line.startswith("Check"))
    assert head.split() == ["Check", "Total", "Z3", "Second", "solver", "Justified", "Unproved"]
    total = next(line for line in lines if line.startswith("Total"))
    count = str(len(data["vcs"]))
    assert total.split() == ["Total", count, count, count, "0", "0"]
    assert "postcondition" in summary(data, None).lower()


def test_assumptions_are_those_of_the_soundness_page() -> None:
    text = (REPOSITORY / "SOUNDNESS.md").read_text(encoding="utf-8")
    found = model.assumptions()
    assert [a["id"] for a in found] == re.findall(r"^- \*\*(A-[A-Z]+-\d+)\*\*", text, re.MULTILINE)
    assert found
    for assumption in found:
        assert assumption["text"].endswith((".", ")"))


# ------------------------------------------------------------------ files


def written(run: Run, directory: Path) -> Path:
    """A report on disk."""
    write_report(run, model.report_data(run), directory)
    return directory


def test_the_files_are_there_and_agree(good: Run, tmp_path: Path) -> None:
    out = written(good, tmp_path / "verify")
    assert {path.name for path in out.iterdir()} == FILES
    data = json.loads((out / "report.json").read_text(encoding="utf-8"))
    for vc in data["vcs"]:
        content = (out / vc["smt2"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == vc["sha256"]
    paths = {vc["smt2"] for vc in data["vcs"]} | {w["smt2"] for w in data["witnesses"]}
    paths |= {vc["core"]["smt2"] for vc in data["vcs"] if vc["core"]}
    on_disk = {p.relative_to(out).as_posix() for p in (out / "smt2").rglob("*.smt2")}
    assert on_disk == paths
    assert not any(set('<>:"\\|?*') & set(path) for path in paths)
    assert [p.name for p in tmp_path.iterdir()] == ["verify"]


def test_two_runs_differ_in_times_alone(tmp_path: Path) -> None:
    names = ["packing", "rounding", "matmul.dot_wide"]
    texts = []
    for number in range(2):
        run = verify(read_product(), names, Options(jobs=number + 1), Steps(), "some")
        out = tmp_path / str(number)
        write_report(run, complete(run, Steps()), out)
        files = {p.relative_to(out).as_posix(): p for p in out.rglob("*") if p.is_file()}
        data = json.loads(files.pop("report.json").read_text(encoding="utf-8"))
        page = files.pop("report.html").read_text(encoding="utf-8")
        page = re.sub(r'<span class="soft">[0-9.]+ s', '<span class="soft">', page)
        rest = {name: path.read_bytes() for name, path in files.items()}
        texts.append((json.dumps(without_times(data)), page, rest))
        assert json.dumps(data) != json.dumps(without_times(data))
    assert texts[0] == texts[1]


def test_a_report_from_the_cache_is_the_same_but_for_the_run(tmp_path: Path) -> None:
    options = Options(jobs=1, cache=tmp_path / "cache")
    first = model.report_data(verify(read_product(), ["packing"], options, Steps(), "packing"))
    again = model.report_data(verify(read_product(), ["packing"], options, Steps(), "packing"))
    assert without_times(first) == without_times(again)
    assert first["vcs"] == again["vcs"]


class Page(HTMLParser):
    """Collects what a page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.open: list[str] = []
        self.smt2 = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.loads += [given[name] for name in ("src", "srcset", "data") if name in given]
        if tag == "link":
            self.loads.append(given.get("href", ""))
        if "id" in given:
            assert given["id"] not in self.ids
            self.ids.add(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        if tag not in ("meta", "br", "col", "input", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script" and not self.smt2:
            self.smt2 = data.strip()


def test_the_page_is_whole_in_itself(good: Run, bad: Run, tmp_path: Path) -> None:
    for number, run in enumerate((good, bad)):
        out = written(run, tmp_path / str(number))
        data = json.loads((out / "report.json").read_text(encoding="utf-8"))
        text = (out / "report.html").read_text(encoding="utf-8")
        page = Page()
        page.feed(text)
        assert page.open == []
        assert page.loads == []
        assert "@import" not in text
        assert "url(" not in text
        assert {vc["id"] for vc in data["vcs"]} <= page.ids
        for link in page.links:
            assert link.startswith("#") or (out / link).is_file(), link
            assert not link.startswith("#") or link[1:] in page.ids, link
        texts = json.loads(gzip.decompress(base64.b64decode(page.smt2)))
        for vc in data["vcs"]:
            assert texts[vc["smt2"]] == (out / vc["smt2"]).read_text(encoding="utf-8")


def test_what_is_not_proved_comes_first(bad: Run, tmp_path: Path) -> None:
    text = (written(bad, tmp_path / "out") / "report.html").read_text(encoding="utf-8")
    place = {
        name: text.index(f'<details class="kernel" data-kernel="planted.{name}"')
        for name in ("right", "wrong", "vacuous")
    }
    assert place["wrong"] < place["vacuous"] < place["right"]
    banner = text.index('class="banner no"')
    assert banner < text.index("By kind of check")


def test_text_from_sources_cannot_become_markup(tmp_path: Path) -> None:
    code = BROKEN.replace("wide + 8 * narrow", "wide + 8 * narrow if wide < 16 else 0")
    source = planted(code, tmp_path)
    run = verify_obligations(source, obligations(source), Options(jobs=1))
    text = (written(run, tmp_path / "out") / "report.html").read_text(encoding="utf-8")
    assert "wide &lt; 16" in text
    assert "wide < 16" not in text


# ------------------------------------------------------------------ SARIF


def test_sarif_holds_every_failure_at_its_place(bad: Run) -> None:
    data = model.report_data(bad)
    log = sarif(data)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    failing = [vc for vc in data["vcs"] if vc["verdict"] != "proved"]
    failing += [w for w in data["witnesses"] if w["verdict"] != "satisfiable"]
    marks = [r["partialFingerprints"]["obligation"] for r in run["results"]]
    assert marks == [entry["id"] for entry in failing]
    for result, entry in zip(run["results"], failing, strict=True):
        assert result["ruleId"] in rules
        assert rules[result.get("ruleIndex", rules.index(result["ruleId"]))] == result["ruleId"]
        assert result["level"] == "error"
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == entry["file"]
        assert place["region"]["startLine"] == entry["line"] >= 1
    assert run["invocations"] == [{"executionSuccessful": False}]


def test_sarif_of_a_good_run_has_no_result(good: Run) -> None:
    (run,) = sarif(model.report_data(good))["runs"]
    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True}]


# ------------------------------------------------------------------ whole or not at all


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()]
)
@pytest.mark.parametrize("after", [0, 3, 20])
def test_a_failed_write_leaves_the_old_report(
    good: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    after: int,
) -> None:
    out = written(good, tmp_path / "verify")
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    count = 0
    real = files.put

    def limited(path: Path, data: bytes, durable: bool = True) -> None:
        nonlocal count
        count += 1
        if count > after:
            raise failure
        real(path, data, durable)

    monkeypatch.setattr(files, "put", limited)
    with pytest.raises(type(failure)):
        write_report(good, model.report_data(good), out)
    monkeypatch.undo()
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["verify"]


def test_a_report_replaces_the_old_one_whole(good: Run, bad: Run, tmp_path: Path) -> None:
    out = written(bad, tmp_path / "verify")
    (out / "stale.txt").write_text("old", encoding="utf-8")
    written(good, out)
    assert {path.name for path in out.iterdir()} == FILES
    assert not (out / "smt2" / "planted.wrong").exists()


def test_a_swap_that_fails_brings_the_old_report_back(
    good: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = written(good, tmp_path / "verify")
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if target == out and not path.name.endswith("-old"):
            raise OSError(13, "Permission denied")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="Permission"):
        write_report(good, model.report_data(good), out)
    monkeypatch.undo()
    assert {path.name for path in out.iterdir()} == FILES
    assert [p.name for p in tmp_path.iterdir()] == ["verify"]

"""The fuzzer: what it tries, and that it finds each kind of fault when there is one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from veriquant import checker
from veriquant.checker import CheckResult
from veriquant.convert import inspect
from veriquant.formats import checkpoint, work
from veriquant_proofs.fuzz import oracle
from veriquant_proofs.fuzz.__main__ import main
from veriquant_proofs.fuzz.actions import READERS
from veriquant_proofs.fuzz.arguments import FUNCTIONS, GOOD, ODD, Call, try_call
from veriquant_proofs.fuzz.campaign import NUMBERS, Campaign, Edited, Overwritten
from veriquant_proofs.fuzz.corpus import Corpus, build
from veriquant_proofs.fuzz.documents import Document, json_file
from veriquant_proofs.fuzz.kinds import EDITS, KINDS
from veriquant_proofs.fuzz.oracle import Fault


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    root = tmp_path_factory.mktemp("fuzz") / "corpus"
    root.mkdir()
    return build(root)


@pytest.fixture
def campaign(corpus: Corpus) -> Campaign:
    return Campaign(corpus, 0, time.monotonic())


def document(corpus: Corpus, name: str) -> Document:
    return next(d for d in corpus.documents if d.name == name)


def test_the_corpus_as_it_is_shows_no_fault(campaign: Campaign) -> None:
    campaign.run()  # its time is up: nothing but the corpus as it is
    assert campaign.faults == {}
    assert campaign.tried == len(campaign.corpus.documents)
    assert (
        oracle.command(["check", campaign.corpus.packed, "--against", campaign.corpus.source]) == 0
    )
    assert oracle.command(["perplexity", campaign.corpus.model, "--text", campaign.corpus.text,
                           "--windows", 1, "--length", 4]) == 0  # fmt: skip


def test_every_field_of_every_document_meets_every_kind(campaign: Campaign) -> None:
    single = list(campaign.single())
    edited = {(c.document.name, *c.edits) for c in single if isinstance(c, Edited)}
    certificate = document(campaign.corpus, "certificate")
    place = ("tensors", "layers.0.up.weight", "pointwise", "bound")
    for edit in EDITS:
        assert ("certificate", (place, edit)) in edited
        assert ("source header", (("layers.0.up.weight", "data_offsets", 1), edit)) in edited
    assert len(certificate.places(campaign.corpus.pristine[certificate.path])) > 100
    for prefix in READERS:
        assert any(str(c).startswith(prefix) for c in single), prefix
    spots = [c for c in single if isinstance(c, Overwritten)]
    assert len(spots) > 100 * len(NUMBERS)


@pytest.mark.parametrize("edit", EDITS)
def test_edits_change_the_file(corpus: Corpus, edit: str) -> None:
    """Each kind reaches the file as text, those that Python has no object for as well."""
    index = document(corpus, "source index")
    data = corpus.pristine[index.path]
    found = index.edited(data, [(("metadata",), edit)])
    assert found != data
    value = KINDS.get(edit)
    if edit in KINDS and not (isinstance(value, str) and "raw:" in value) and edit != "NaN":
        assert json.loads(found)["metadata"] == value
    if edit == "given twice":
        assert found.count(b'"metadata"') == 2


def test_a_short_run_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seconds", "8", "--seed", "7"]) == 0
    assert "fuzz: 0 faults" in capsys.readouterr().out


def faults_of(campaign: Campaign, name: str, place: tuple[str, ...], edit: str) -> str:
    case = Edited(document(campaign.corpus, name), ((place, edit),))
    with pytest.raises(Fault) as found:
        campaign.attempt(case)
    return str(found.value)


def planted(error: BaseException) -> Callable[..., Any]:
    def function(*arguments: Any, **options: Any) -> Any:
        raise error

    return function


def test_an_undocumented_error_is_found(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspect, "_stated", planted(KeyError("tensors")))
    assert "KeyError" in faults_of(campaign, "certificate", ("tensors",), "deleted")


def test_a_hang_is_found(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    def forever(*arguments: Any) -> Any:
        while True:
            pass

    monkeypatch.setattr(oracle, "LIMIT", 0.5)
    monkeypatch.setattr(inspect, "_stated", forever)
    assert "still running" in faults_of(campaign, "certificate", ("tensors",), "text")


def test_partial_output_is_found(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    path = campaign.corpus.source / "b.safetensors"
    size = len(campaign.corpus.pristine[path])
    not_a_number = Overwritten("source", path, ((size - 2, 2, 0xFFFF),))
    campaign.attempt(not_a_number)
    monkeypatch.setattr(work.WorkFolder, "__exit__", lambda self, *error: None)
    with pytest.raises(Fault, match="failed and left"):
        campaign.attempt(not_a_number)


def test_an_ok_for_changed_weights_is_found(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "check", lambda *arguments, **options: CheckResult())
    name, place = "packed metadata", ("tensors", "layers.0.up.weight", "source_dtype")
    message = faults_of(campaign, name, place, "text")
    assert "though packed changed" in message
    message = faults_of(campaign, "certificate", ("totals", "stored_bytes"), "zero")
    assert "though the certificate is another one" in message


def test_escape_codes_are_found(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("veriquant.terminal.printable", lambda text: text)
    monkeypatch.setattr("veriquant.errors.printable", lambda text: text)
    monkeypatch.setattr("veriquant.formats.errors.printable", lambda text: text)
    monkeypatch.setattr(checkpoint, "brief", lambda value: str(value))
    place = ("weight_map", "layers.0.up.weight")
    assert "prints" in faults_of(campaign, "source index", place, "escape codes")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_with_odd_arguments(name: str) -> None:
    _, keys, good, _ = FUNCTIONS[name]
    try_call(Call(name, dict(good)))
    for key in keys:
        for value in ODD:
            try_call(Call(name, {**good, key: value}))


def test_an_undocumented_error_of_a_function_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    _, keys, good, _ = FUNCTIONS["quantize"]
    monkeypatch.setitem(FUNCTIONS, "quantize", (planted(IndexError()), keys, good, ()))
    with pytest.raises(Fault, match="IndexError"):
        try_call(Call("quantize", {"w": GOOD}))


def test_faults_are_told_apart_and_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(inspect, "_stated", planted(LookupError("planted")))
    assert main(["--seconds", "6", "--seed", "1"]) == 1
    text = capsys.readouterr()
    assert "LookupError" in text.err and "fuzz: 0 faults" not in text.out


def test_json_files_are_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": [1, {"b": 2}]}')
    found = json_file("a", path)
    assert found.places(path.read_bytes()) == [(), ("a",), ("a", 0), ("a", 1), ("a", 1, "b")]
    edits = [(("a", 1), "deleted"), (("a", 1, "b"), "null")]
    assert found.edited(path.read_bytes(), edits) == b'{"a": [1]}'

"""The mutation campaign: what it changes, what it concludes, and that the conclusions are true."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from veriquant_proofs.mutants import main
from veriquant_proofs.mutation.campaign import Examiner, UnsoundError
from veriquant_proofs.mutation.copies import load, source_of
from veriquant_proofs.mutation.decide import decide
from veriquant_proofs.mutation.equivalence import determination
from veriquant_proofs.mutation.inputs import WANTED, samples
from veriquant_proofs.mutation.operators import Mutant, mutants, statement_mutants
from veriquant_proofs.vcgen.source import FunctionSource, product_functions, read

KERNELS = [f for f in product_functions() if f.mark.role == "kernel"]
LEMMAS = [f for f in product_functions() if f.mark.role == "lemma"]


def changed(source: FunctionSource) -> list[Mutant]:
    return mutants_of(source.file, source.name)


@cache
def mutants_of(file: Path, name: str) -> list[Mutant]:
    return mutants(file.read_text(encoding="utf-8"), name)


@pytest.mark.parametrize("source", KERNELS, ids=lambda s: s.kernel)
def test_only_the_body_is_changed_and_never_twice_alike(source: FunctionSource) -> None:
    text = source.file.read_text(encoding="utf-8")
    lines = text.splitlines()
    head = source.node.lineno  # decorators, and everything before the function
    tail = len(lines) - (source.node.end_lineno or 0)
    original = promises(source.node)
    found = changed(source)
    assert len(found) >= 7
    bodies = {text}
    for mutant in found:
        copy = mutant.text.splitlines()
        assert copy[: head - 1] == lines[: head - 1]
        assert copy[len(copy) - tail :] == lines[len(lines) - tail :]
        function = ast.parse("\n".join(copy[head - 1 : len(copy) - tail])).body[0]
        assert isinstance(function, ast.FunctionDef)
        assert promises(function) <= original
        bodies.add(mutant.text)
    assert len(bodies) == len(found) + 1


def test_same_source_same_mutants() -> None:
    for source in KERNELS[:4]:
        assert mutants(source.file.read_text(encoding="utf-8"), source.name) == changed(source)


def promises(function: ast.FunctionDef) -> set[str]:
    """Assertions of a body: loop invariants, variants and proof steps."""
    return {ast.dump(n) for n in ast.walk(function) if isinstance(n, ast.Assert)}


def test_every_sort_of_change_occurs() -> None:
    found = {m.operator for source in KERNELS for m in changed(source)}
    assert found == {
        "arguments swapped",
        "call changed",
        "call dropped",
        "callee",
        "comparison",
        "condition fixed",
        "condition negated",
        "connective",
        "constant",
        "index",
        "operand dropped",
        "operands swapped",
        "operator",
        "range bound",
        "result changed",
        "result swapped",
        "sign dropped",
        "statement dropped",
        "variable",
    }


def test_every_lemma_statement_with_a_number_or_comparison_is_changed() -> None:
    for source in LEMMAS:
        statements = [d for d in source.node.decorator_list if "ensure" in ast.unparse(d)]
        found = statement_mutants(source.file.read_text(encoding="utf-8"), source.name)
        if any(isinstance(n, ast.Compare) for d in statements for n in ast.walk(d)):
            assert len(found) >= 2, source.name


@pytest.mark.parametrize("source", KERNELS, ids=lambda s: s.kernel)
def test_every_contract_determines_its_result(source: FunctionSource) -> None:
    assert {decide(vc).verdict for vc in determination(source)} == {"proved"}


DOMAINS = {
    "pack_pair": [range(16), range(8)],
    "unpack_wide": [range(128)],
    "unpack_narrow": [range(128)],
    "unpack_pair": [range(128)],
    "repack_pair": [range(16), range(8)],
}


@pytest.mark.parametrize("name", DOMAINS)
def test_verdicts_agree_with_enumeration(name: str, tmp_path: Path) -> None:
    """On a finite domain a mutant is called equivalent exactly if it computes the same."""
    module = importlib.import_module("veriquant.kernels.packing")
    examiner = Examiner(read(getattr(module, name)), tmp_path)
    examiner.original()
    assert examiner.determined
    expected = results(getattr(module, name), name)
    verdicts = []
    for mutant in mutants(source_of(module), name):
        outcome = examiner.outcome(mutant)
        copy = load(mutant.text, "veriquant.kernels.packing", tmp_path)
        same = results(getattr(copy, name), name) == expected
        assert (outcome.verdict == "equivalent") == same, mutant.key
        verdicts.append(outcome.verdict)
    assert "refuted" in verdicts


def results(function: Callable[..., Any], name: str) -> list[Any]:
    """Results on the whole domain, without contracts of the function itself."""
    plain = inspect.unwrap(function)
    found: list[Any] = []
    for arguments in itertools.product(*DOMAINS[name]):
        try:
            found.append(plain(*arguments))
        except Exception as error:
            found.append(type(error).__name__)
    return found


def test_mutants_survive_a_weak_contract(tmp_path: Path) -> None:
    """Without its postcondition `unpack_narrow` promises a range only: changes go unnoticed."""
    module = importlib.import_module("veriquant.kernels.packing")
    ensure = "@ensure(lambda packed, result: result == packed // 16)\n"
    weak_text = source_of(module).replace(ensure, "")
    assert weak_text != source_of(module)
    weak = read(load(weak_text, module.__name__, tmp_path).unpack_narrow)
    examiner = Examiner(weak, tmp_path)
    examiner.original()
    assert not examiner.determined
    outcomes = [examiner.outcome(m) for m in mutants(weak_text, "unpack_narrow")]
    surviving = {f"{o.old} -> {o.new}" for o in outcomes if o.verdict == "surviving"}
    assert "packed >> 4 & 7 -> 0" in surviving
    assert "packed >> 4 -> packed" in surviving
    assert not any(o.verdict == "equivalent" for o in outcomes)


def test_an_equivalent_mutant_that_computes_something_else_is_an_alarm(tmp_path: Path) -> None:
    """Every mutant that is proved is run: a wrong expectation stands for an unsound verifier."""
    module = importlib.import_module("veriquant.kernels.packing")
    examiner = Examiner(read(module.pack_pair), tmp_path)
    examiner.original()
    assert len(examiner.inputs) == WANTED
    changed = mutants(source_of(module), "pack_pair")
    same = next(m for m in changed if m.key == "operand dropped: wide & 15 -> wide")
    assert examiner.outcome(same).verdict == "equivalent"
    examiner.inputs = [replace(s, result=s.result + 1) for s in examiner.inputs]
    with pytest.raises(UnsoundError, match="pack_pair"):
        examiner.outcome(same)


@pytest.mark.parametrize("source", KERNELS, ids=lambda s: s.kernel)
def test_inputs_are_valid_and_varied(source: FunctionSource) -> None:
    function = getattr(importlib.import_module(source.module), source.name)
    found = samples(source, function)
    assert len(found) >= 10
    assert all(function(**s.arguments) == s.result for s in found)
    if source.parameters[0][1].shape != "int":
        assert any(s.arguments[source.parameters[0][0]] for s in found), "not only empty lists"


def test_command_writes_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--jobs", "1", "--out", str(tmp_path), "bound.column_bound"]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert "bound.column_bound" in text
    first = (tmp_path / "mutants.json").read_bytes()
    report = json.loads(first)
    (kernel,) = report["kernels"]
    totals = report["totals"]
    assert totals["surviving"] == 0
    assert (
        totals["mutants"]
        == len(kernel["mutants"])
        == sum(totals[v] for v in ("refuted", "executed", "unknown", "refused", "equivalent"))
    )
    assert totals["refuted"] > totals["equivalent"]
    assert [c["needed"] for c in kernel["clauses"]] == [True, True, True]
    assert main(arguments) == 0
    assert (tmp_path / "mutants.json").read_bytes() == first, "same source, same report"


def test_unknown_kernel_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no_such_kernel"]) == 2
    assert "no_such_kernel" in capsys.readouterr().err

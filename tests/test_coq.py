"""The Coq development: its constants are the specification's, and its check can fail."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from veriquant.kernels.grid import quantize_code
from veriquant.kernels.packing import pack_pair
from veriquant.kernels.rounding import rne_div
from veriquant.kernels.stream import pack_stream, stream_size
from veriquant_proofs import coq
from veriquant_spec import types
from veriquant_spec.markers import range_of

needs_coq = pytest.mark.skipif(
    coq.available(install=False) is not None, reason="Coq is not installed here"
)


def constants() -> dict[str, int]:
    """Every definition of Constants.v, evaluated."""
    text = (coq.SOURCES / "Constants.v").read_text(encoding="utf-8")
    found = re.findall(r"^Definition (\w+) := ([-0-9 ^]+)\.$", text, re.MULTILINE)
    assert len(found) == text.count("Definition")
    return {name: eval(value.replace("^", "**"), {}) for name, value in found}


def test_the_constants_are_those_of_the_specification() -> None:
    int8, factor, steps = (range_of(t) for t in (types.I8, types.Factor, types.Steps))
    significand, levels = range_of(types.Significand), range_of(types.Levels)
    codes = [range_of(t) for t in (types.U4, types.U3, types.U7, types.U8)]
    assert int8 and factor and steps and significand and levels and all(codes)
    wide, narrow, pair, byte = (code.high for code in codes if code)
    largest = types.MAX_K // 2 * -int8.low * wide
    assert constants() == {
        "max_k": types.MAX_K,
        "acc_limit": types.ACC_LIMIT,
        "half_bound": largest,
        "wide_levels": wide + 1,
        "narrow_levels": narrow + 1,
        "int8_low": int8.low,
        "int8_high": int8.high,
        "pair_bits": pair.bit_length(),
        "byte_bits": byte.bit_length(),
        "factor_high": factor.high,
        "steps_high": steps.high,
        "significand16": significand.high + 1,
        "significand32": 2**24,
        "float_limit": types.FIX_FLOAT,
    }
    assert (largest, levels) == (7864320, types.Range(narrow + 1, wide + 1))


def test_the_size_of_a_stream_is_the_specifications() -> None:
    text = (coq.SOURCES / "Packing.v").read_text(encoding="utf-8")
    match = re.search(r"Definition stream_size P := (.+)\.$", text, re.MULTILINE)
    assert match
    code = compile(match[1].replace("/", "//"), "Packing.v", "eval")
    for pairs in [*range(200), 2**48 - 1, 2**48]:
        assert eval(code, {**constants(), "P": pairs}) == stream_size(pairs) == -(-7 * pairs // 8)


def test_every_theorem_of_the_design_is_stated() -> None:
    names = [name for _, name in coq.stated(coq.sources())]
    assert len(set(names)) == len(names)
    assert set(coq.REQUIRED) <= set(names)
    assert {"T1_unique", "T1c_zero", "T2_no_overflow", "T4_stream", "T4_size"} <= set(names)


def test_a_missing_theorem_is_found(tmp_path: Path) -> None:
    (tmp_path / "Some.v").write_text("Theorem T1 : True. (* Theorem T2c : True. *)")
    with pytest.raises(coq.CoqError, match=r"no theorem for T1c, T2, T2c, T3, T4, T5"):
        coq.stated(coq.sources(tmp_path))
    with pytest.raises(coq.CoqError, match="no Coq file"):
        coq.sources(tmp_path / "none")


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        ("@@ A.T1\nAxioms:\nmagic : False\nA.T1\n : True\n", "A.T1 is not closed"),
        ("@@ A.T9\nClosed under the global context\nA.T9 : True\n", "A.T1 is not closed"),
        ("@@ A.T1\nClosed under the global context\n", "no statement"),
        ("", "A.T1 is not closed"),
    ],
)
def test_what_coq_says_of_assumptions(printed: str, message: str) -> None:
    with pytest.raises(coq.CoqError, match=message):
        coq.answers(printed, [("A", "T1")])


@pytest.mark.parametrize("line", coq.CLEAN)
def test_what_coqchk_says(line: str) -> None:
    good = "\n * ".join(coq.CLEAN)
    assert coq.summary(good) == "no axioms, no lifted checks"
    with pytest.raises(coq.CoqError, match="coqchk does not say"):
        coq.summary(good.replace(line, line.replace("<none>", "magic")))


def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and report of a run on the sources in `tmp_path / "coq"`."""
    monkeypatch.setattr(coq, "SOURCES", tmp_path / "coq")
    monkeypatch.setattr(coq.check, "__defaults__", (tmp_path / "coq", tmp_path / "build"))
    status = coq.main(["--out", str(tmp_path / "coq.json")])
    return status, json.loads((tmp_path / "coq.json").read_text(encoding="utf-8"))


def test_without_coq_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(coq.SOURCES, tmp_path / "coq")
    monkeypatch.setenv("PATH", str(tmp_path))
    status, report = run(monkeypatch, tmp_path)
    assert (status, report["status"], report["theorems"]) == (0, "not run", [])
    assert "coqc" in report["detail"]


@needs_coq
@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("Constants.v", "half_bound := 7864320", "half_bound := 7864319", "Accumulator.v"),
        ("Constants.v", "max_k := 8192", "max_k := 2236963", "Accumulator.v"),
        ("Rounding.v", "(q mod 2 =? 1)", "(q mod 2 =? 0)", "Rounding.v"),
        ("Packing.v", "+ byte_bits - 1)", "+ byte_bits - 2)", "Packing.v"),
        ("Exactness.v", "significand32 0 253", "(2 ^ 22) 0 253", "Exactness.v"),
        ("Rounding.v", "Theorem T1 a b", "Axiom magic : False.\nTheorem T1 a b", None),
    ],
)
def test_a_changed_statement_or_an_axiom_fails(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    file: str,
    old: str,
    new: str,
    message: str | None,
) -> None:
    copy = shutil.copytree(coq.SOURCES, tmp_path / "coq")
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    if message is None:  # a theorem proved by the axiom
        head, tail = text.split("is_rne (rne_div a b) a b.\nProof.", 1)
        text = head + "is_rne (rne_div a b) a b.\nProof. destruct magic. Qed.\n" + (
            tail.split("Qed.", 1)[1]
        )  # fmt: skip
    (copy / file).write_text(text, encoding="utf-8")
    status, report = run(monkeypatch, tmp_path)
    assert (status, report["status"]) == (1, "failed")
    assert (message or "is not closed") in report["detail"]


@needs_coq
def test_the_theorems_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(coq.SOURCES, tmp_path / "coq")
    status, report = run(monkeypatch, tmp_path)
    assert (status, report["status"], report["coqchk"]) == (0, "proved", coq.summary(
        "\n".join(coq.CLEAN)
    ))  # fmt: skip
    proved = {theorem["name"]: theorem for theorem in report["theorems"]}
    assert set(proved) == {name for _, name in coq.stated(coq.sources())}
    assert all(theorem["closed"] for theorem in proved.values())
    assert "max_k" in proved["T2_no_overflow"]["statement"]
    assert report["digest"] == coq.digest_of(coq.sources())


def z(values: Iterable[int | str]) -> str:
    """A list as Coq writes it."""
    return "[" + "; ".join(f"({value})" for value in values) + "]"


@needs_coq
def test_the_definitions_compute_what_the_kernels_compute(tmp_path: Path) -> None:
    rng = random.Random(0)
    cases = [(a, b) for b in range(1, 9) for a in range(-40, 41)]
    cases += [(rng.randint(-(2**90), 2**90), rng.randint(1, 2**60)) for _ in range(200)]
    codes = [
        (w, levels, zero)
        for levels in (8, 16)
        for zero in (0, 3, levels - 1)
        for w in range(-99, 99)
    ]
    expected = [rne_div(a, b) for a, b in cases]
    expected += [quantize_code(w, 7, zero, levels) for w, levels, zero in codes]
    pairs = [(w, n) for w in range(16) for n in range(8)]
    expected += [pack_pair(w, n) for w, n in pairs]
    terms = [f"Rounding.rne_div ({a}) {b}" for a, b in cases]
    terms += [f"Grid.quantize {levels} 7 {zero} ({w})" for w, levels, zero in codes]
    terms += [f"Packing.pack {w} {n}" for w, n in pairs]
    streams = [[rng.randrange(128) for _ in range(length)] for length in range(18)]
    for stream in streams:
        expected += [int(x) for x in pack_stream(stream)]
    lists = " ++ ".join([z(terms)] + [f"Packing.pack_stream {z(stream)}" for stream in streams])
    coq.compile_all(coq.sources(), tmp_path / "build")
    printed = coq.ask(
        "Require Import ZArith List.\nImport ListNotations.\nOpen Scope Z_scope.\n"
        "Require VeriQuant.Grid. Require VeriQuant.Packing. Set Printing Depth 100000.\n"
        f"Eval vm_compute in {lists}.\n",
        tmp_path / "build",
    )
    body = printed[printed.index("[") + 1 : printed.index("]")]
    assert [int(x) for x in body.split(";")] == expected

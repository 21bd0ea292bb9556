"""The printed bodies run, agree with Python, and planted faults are caught where they should be."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from veriquant_proofs.core.syntax import (
    Assert,
    BoolLiteral,
    Function,
    If,
    IntLiteral,
    Program,
    Role,
)
from veriquant_proofs.core.traverse import callees
from veriquant_proofs.export import spark, spark_run
from veriquant_proofs.export.ada_driver import answer, request
from veriquant_proofs.export.names import NotExportableError
from veriquant_proofs.frontend import Source, read_files, read_product

needs_gnat = pytest.mark.skipif(
    shutil.which("gnatmake") is None, reason="GNAT is not installed (Debian: gnat)"
)


@pytest.fixture(scope="module")
def product() -> Source:
    return read_product()


def part(source: Source, *names: str) -> Source:
    """A source of some kernels and what they call."""
    chosen: dict[Any, Function] = {}
    stack = [i for i, f in source.program.functions.items() if f.id.name in names]
    while stack:
        identity = stack.pop()
        if identity not in chosen:
            chosen[identity] = source.program[identity]
            stack += callees(source.program[identity])
    kept = {i: f for i, f in source.program.functions.items() if i in chosen}
    return replace(source, program=Program(functions=kept))


def changed(source: Source, name: str, change: Callable[[Function], Function]) -> Source:
    """A source with one kernel changed; Python still runs the file's."""
    found = {
        i: change(f) if i.name == name and f.role is Role.KERNEL else f
        for i, f in source.program.functions.items()
    }
    assert found != source.program.functions
    return replace(source, program=Program(functions=found))


def rebuilt(node: Any, old: Any, new: Any) -> Any:
    """A tree in which one node stands for another."""
    if node == old:
        return new
    if isinstance(node, tuple):
        return tuple(rebuilt(item, old, new) for item in node)
    if is_dataclass(node) and not isinstance(node, type):
        values = {f.name: rebuilt(getattr(node, f.name), old, new) for f in fields(node)}
        return replace(node, **values)
    return node


def line_of(file: Path, text: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


@needs_gnat
def test_kernels_agree_with_python_and_every_condition_is_live(
    product: Source, tmp_path: Path
) -> None:
    found = spark_run.run(part(product, "quantize_group", "pack_stream"), tmp_path, wanted=60)
    assert found.problems() == []
    assert found.good
    inputs = {one.kernel: one.inputs for one in found.kernels}
    assert set(inputs) == {
        "grid.quantize_group",
        "grid.quantize_code",
        "grid.zero_point",
        "rounding.rne_div",
        "stream.pack_stream",
        "stream.stream_byte",
        "stream.stream_size",
    }
    assert min(inputs.values()) >= 60
    assert {c.kind for c in found.conditions} == {
        "precondition",
        "postcondition",
        "loop invariant",
    }


@needs_gnat
def test_constructs_that_the_product_does_not_use(tmp_path: Path) -> None:
    source = read_files([Path(__file__).parent / "ada_constructs.py"])
    found = spark_run.run(source, tmp_path, 200)
    assert found.problems() == []
    assert {one.kernel for one in found.kernels} == {
        f"ada_constructs.{f.id.name}" for f in source.program.functions.values()
    }
    text = (tmp_path / "run" / "veriquant_ada_constructs.adb").read_text(encoding="utf-8")
    assert "pragma Loop_Variant (Decreases => N - R);" in text


@pytest.mark.parametrize(
    ("word", "contract", "head", "body", "message"),
    [
        (', theory="bv"', "result <= 99", "a: U4, b: U4) -> I64", "return a - b", "no `-` on"),
        (", word=FIX512", "result <= 15", "a: U4, b: U4) -> U4", "return a & b", "no `&` on"),
        (
            "",
            "result <= 15",
            "a: U4, b: U4) -> U4",
            "x: list[U4] = [a, b]\n    return x[0]",
            "the list x, which is not returned",
        ),
        (
            ", word=FIX512",
            "result >= 0",
            "a: Sequence[Sequence[U4]]) -> I64",
            "return len(a)",
            "matrices of integers beyond 64 bits",
        ),
    ],
)
def test_what_ada_cannot_say_is_refused(
    tmp_path: Path, word: str, contract: str, head: str, body: str, message: str
) -> None:
    names = ", ".join(n for n in ("a", "b") if f" {n}:" in f" {head}" and n in contract)
    file = tmp_path / "mine.py"
    file.write_text(
        "from collections.abc import Sequence\n"
        "from icontract import ensure\n"
        "from veriquant_spec.markers import kernel\n"
        "from veriquant_spec.types import FIX512, I64, U4\n\n\n"
        f'@kernel("X"{word})\n'
        f"@ensure(lambda {names + ', ' if names else ''}result: {contract})\n"
        f"def mine({head}:\n    {body}\n",
        encoding="utf-8",
    )
    source = read_files([file])
    with pytest.raises(NotExportableError, match=re.escape(message)):
        spark.packages(source)


@needs_gnat
def test_a_wrong_tie_is_caught_at_the_line_of_its_contract(product: Source, tmp_path: Path) -> None:
    def never_up(kernel: Function) -> Function:
        body = rebuilt(kernel.body, IntLiteral(value=1), IntLiteral(value=0))
        return replace(kernel, body=body)  # q % 2 == 0, and q + 0

    found = spark_run.run(changed(part(product, "rne_div"), "rne_div", never_up), tmp_path, 200)
    assert not found.good
    line = line_of(tmp_path / "run" / "veriquant_rounding.ads", "Is_Nearest (Rne_Div'Result")
    wanted = f"failed postcondition from veriquant_rounding.ads:{line}"
    assert any(wanted in one for one in found.kernels[0].differences), found.problems()


@needs_gnat
def test_a_lost_bit_is_caught_at_the_contract_of_the_callee(
    product: Source, tmp_path: Path
) -> None:
    def cut(kernel: Function) -> Function:
        body = rebuilt(kernel.body, IntLiteral(value=255), IntLiteral(value=127))
        return replace(kernel, body=body)

    source = changed(part(product, "pack_stream"), "stream_byte", cut)
    found = spark_run.run(source, tmp_path, 100)
    line = line_of(tmp_path / "run" / "veriquant_stream.ads", "Stream_Byte'Result = ")
    wanted = f"failed postcondition from veriquant_stream.ads:{line}"
    caught = {one.kernel: any(wanted in d for d in one.differences) for one in found.kernels}
    assert caught == {
        "stream.stream_size": False,
        "stream.stream_byte": True,
        "stream.pack_stream": True,
    }


@needs_gnat
def test_a_fault_that_no_contract_forbids_is_a_difference(product: Source, tmp_path: Path) -> None:
    def silent(kernel: Function) -> Function:
        body = rebuilt(kernel.body, IntLiteral(value=15), IntLiteral(value=14))
        return replace(kernel, body=body, ensures=())

    source = changed(part(product, "unpack_wide"), "unpack_wide", silent)
    found = spark_run.run(source, tmp_path)
    (one,) = found.kernels
    assert one.everything
    assert one.inputs == 128
    assert len(one.differences) == 64
    assert "`= 0`, Python gives `= 1`" in one.differences[0]


@needs_gnat
def test_a_condition_that_no_run_reaches_is_not_live(product: Source, tmp_path: Path) -> None:
    def dead(kernel: Function) -> Function:
        inside = Assert(condition=BoolLiteral(value=True))
        return replace(
            kernel, body=(If(test=BoolLiteral(value=False), then=(inside,)), *kernel.body)
        )

    source = changed(part(product, "unpack_wide"), "unpack_wide", dead)
    found = spark_run.run(source, tmp_path)
    assert [(c.kind, c.live) for c in found.conditions] == [
        ("postcondition", True),
        ("assertion", False),
    ]
    assert not found.good


@needs_gnat
def test_text_that_does_not_compile_is_an_error(
    product: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {**spark.packages(part(product, "unpack_wide")), "veriquant_types.ads": "broken"}
    monkeypatch.setattr(spark_run, "packages", lambda *_: texts)
    found = spark_run.run(part(product, "unpack_wide"), tmp_path)
    assert "gnatmake -q fails" in str(found.error)
    assert not found.good
    assert [one.compiled for one in found.kernels] == [False]


@needs_gnat
def test_the_result_file(
    product: Source,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(spark_run, "read_product", lambda: part(product, "pack_pair"))
    assert spark_run.main(["--out", str(tmp_path), "--inputs", "10"]) == 0
    result = json.loads((tmp_path / "spark.json").read_text(encoding="utf-8"))
    assert result["good"]
    assert result["gnatprove"] == "not run"
    assert result["core"] == spark_run.digest(part(product, "pack_pair").program)
    assert [(k["kernel"], k["compiled"], k["run"], k["inputs"]) for k in result["kernels"]] == [
        ("packing.pack_pair", True, True, 128)
    ]
    assert "0 differences" in capsys.readouterr().out


def test_without_gnat_nothing_is_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(spark_run, "version", lambda: None)
    (tmp_path / "spark.json").write_text("an older result", encoding="utf-8")
    assert spark_run.main(["--out", str(tmp_path)]) == 0
    assert "not run" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["0", "-3", "many"])
def test_a_number_of_inputs_that_is_none_is_refused(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        spark_run.main(["--inputs", text])
    assert raised.value.code == 2
    assert text in capsys.readouterr().err


def test_the_digest_follows_the_core(product: Source) -> None:
    one = part(product, "unpack_wide")
    other = changed(
        one,
        "unpack_wide",
        lambda f: replace(f, body=rebuilt(f.body, IntLiteral(value=15), IntLiteral(value=7))),
    )
    assert spark_run.digest(one.program) != spark_run.digest(other.program)


def test_requests_and_answers(product: Source) -> None:
    functions = {f.id.name: f for f in product.program.functions.values()}
    matmul = functions["matmul_3p5bit"]
    values = {
        "a": [[1, 2]],
        "w": [[3, 4, 5]],
        "zeros_wide": [6, 7, 8],
        "zeros_narrow": [1, 2, 3],
        "m": 1,
        "n": 3,
        "k": 2,
    }
    result = ([[9, 8, 7]], [[6, 5, 4]])
    assert request(3, matmul, values, result) == (
        "3 1 2 1 3 3 3 1 3 2 1 3 1 3 1 2 3 4 5 6 7 8 1 2 3"
    )
    assert answer(matmul, result) == "= 9 8 7 6 5 4"


def test_inputs_are_inside_the_precondition_and_reach_the_ends(product: Source) -> None:
    functions = {f.id.name: f for f in product.program.functions.values()}
    inputs, extremes = spark_run.inputs_of(product.program, functions["dot_wide"], 50)
    assert len(inputs) == 50 + extremes
    assert all(len(v["a"]) == len(v["q"]) for v in inputs)
    longest = {"a": [-128] * 4096, "q": [15] * 4096, "zero": 0}
    assert longest in inputs[:extremes]
    columns, _ = spark_run.inputs_of(product.program, functions["column_dot"], 40)
    assert len(columns) >= 40
    assert all(len({len(row) for row in v["w"]}) <= 1 for v in columns)

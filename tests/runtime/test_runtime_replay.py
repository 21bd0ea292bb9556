"""Counterexamples and witnesses are run: in the interpreter, and as Python has the function."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core_programs import (
    INTS,
    U8,
    WORD,
    at,
    clause,
    compare,
    every,
    kernel,
    length,
    num,
    op,
    program,
    var,
)
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.syntax import (
    Assign,
    Expr,
    For,
    Function,
    FunctionId,
    If,
    Program,
    Return,
    While,
)
from veriquant_proofs.core.types import INT
from veriquant_proofs.core.wellformed import check_program
from veriquant_proofs.runtime import replay as module
from veriquant_proofs.runtime.replay import (
    Refutation,
    Witness,
    alike,
    replay,
    replay_all,
    run_witness,
    run_witnesses,
    search,
)

HEAD = """
from collections.abc import Sequence
from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel, variant
from veriquant_spec.types import I64, U8
"""

a, s, x = var("a"), var("s"), var("x", INTS)


def beside(folder: Path, made: Function, source: str) -> Function:
    """The core function as read from a Python file."""
    file = folder / "made.py"
    file.write_text(HEAD + source, encoding="utf-8")
    return replace(made, file=file)


def doubled(folder: Path, source: str = "return a + a") -> Program:
    made = kernel(
        "f",
        {"a": U8},
        (Return(value=op(var("a", U8), "+", var("a", U8))),),
        ensures=(compare(var("result"), "<=", num(500)),),
    )
    text = f"@kernel()\n@ensure(lambda result: result <= 500)\ndef f(a: U8) -> I64:\n    {source}\n"
    result = program(beside(folder, made, text))
    check_program(result)
    return result


F = FunctionId(module="made", name="f")


def refuted(made: Program, arguments: dict[str, Any] | None, **rest: Any) -> Refutation:
    line = made[F].ensures[0].place.line
    given = {"kind": Kind.POSTCONDITION, "line": line, **rest}
    return Refutation(function=F, arguments=arguments, **given)


def test_a_counterexample_is_confirmed_on_both(tmp_path: Path) -> None:
    made = doubled(tmp_path)
    found = replay(made, refuted(made, {"a": 255}))
    assert found.confirmed and found.exact
    assert found.call == "f(a=255)"
    assert "postcondition fails at line" in found.message
    assert "got result = 510" in found.message
    assert "the function raises ViolationError" in found.message


def test_another_check_fails(tmp_path: Path) -> None:
    made = doubled(tmp_path)
    found = replay(made, refuted(made, {"a": 255}, kind=Kind.OVERFLOW))
    assert found.confirmed and not found.exact


def test_what_no_run_reaches_is_not_confirmed(tmp_path: Path) -> None:
    made = doubled(tmp_path)
    found = replay(made, refuted(made, {"a": 1}, state={"s@2": 7}))
    assert not found.confirmed
    assert "runs through and returns 2" in found.message
    assert "callee's contract" in found.message and "from s@2 = 7" in found.message
    loop = replay(made, refuted(made, {"a": 1}, kind=Kind.VARIANT))
    assert "the loop does not preserve it" in loop.message


def test_arguments_that_are_none(tmp_path: Path) -> None:
    made = doubled(tmp_path)
    assert "outside the preconditions" in replay(made, refuted(made, {"a": 256})).message
    assert "no arguments that can be built" in replay(made, refuted(made, None)).message


def test_a_function_that_cannot_be_called_is_said_to_be_so() -> None:
    made = kernel("f", {"a": U8}, (Return(value=a),), ensures=(compare(a, "<", num(9)),))
    made = replace(made, file=Path("nowhere/made.py"))
    found = replay(program(made), refuted(program(made), {"a": 9}))
    assert found.confirmed and "the function cannot be called: FileNotFoundError" in found.message


def test_others_are_tried_where_the_model_breaks_nothing(tmp_path: Path) -> None:
    made = doubled(tmp_path)
    (found,) = replay_all(made, [refuted(made, {"a": 1})])
    assert found.confirmed and found.exact
    assert found == search(made, refuted(made, {"a": 1})), "the same each time"
    assert search(made, refuted(made, {"a": 1}, kind=Kind.INDEX)) is None


def test_runs_that_never_end_are_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = doubled(tmp_path, "while True: pass")
    monkeypatch.setattr(module, "RUN_LIMIT", 1.0)
    (found,) = replay_all(made, [refuted(made, {"a": 255})])
    assert not found.confirmed and found.message == "the run did not return within 1 s"


def counting(folder: Path) -> Program:
    """`f(a)` counts to `a`; `g` is the same with a `while`."""
    k = var("k")
    steps = For(
        variable="k",
        type=WORD,
        low=num(0),
        high=var("a", U8),
        invariants=(clause(compare(s, "==", k)),),
        body=(Assign(target="s", value=op(s, "+", num(1))),),
    )
    body = (Assign(target="s", value=num(0)), steps, Return(value=s))
    first = kernel("f", {"a": U8}, body, locals={"s": WORD})
    source = (
        "@kernel()\ndef f(a: U8) -> I64:\n    s = 0\n    for k in range(a):\n"
        "        assert invariant(s == k)\n        s = s + 1\n    return s\n"
    )
    down = While(
        test=compare(s, ">", num(0)),
        invariants=(),
        variant=s,
        body=(Assign(target="s", value=op(s, "-", num(1))),),
    )
    body = (Assign(target="s", value=var("a", U8)), down, Return(value=s))
    second = kernel("g", {"a": U8}, body, locals={"s": WORD})
    source += (
        "@kernel()\ndef g(a: U8) -> I64:\n    s = a\n    while s > 0:\n"
        "        assert variant(s)\n        s = s - 1\n    return s\n"
    )
    made = program(beside(folder, first, source), beside(folder, second, source))
    check_program(made)
    return made


@pytest.mark.parametrize("name", ["f", "g"])
def test_a_witness_of_an_invariant_must_enter_the_loop(name: str, tmp_path: Path) -> None:
    made = counting(tmp_path)
    identity = FunctionId(module="made", name=name)
    loop = made[identity].body[1].place.line
    run = run_witness(made, Witness(function=identity, arguments={"a": 3}, loop=loop))
    assert run.good and run.text == f"{name}(a=3) = {3 if name == 'f' else 0}"
    run = run_witness(made, Witness(function=identity, arguments={"a": 0}, loop=loop))
    assert not run.good and "returns without entering the loop" in run.text
    assert run_witness(made, Witness(function=identity, arguments={"a": 0})).good


def test_a_witness_must_be_accepted_by_the_real_function(tmp_path: Path) -> None:
    made = doubled(tmp_path, "return 600")
    run = run_witness(made, Witness(function=F, arguments={"a": 3}))
    assert not run.good and "raised ViolationError" in run.text
    made = doubled(tmp_path / "..", "return 600")
    outside = run_witness(made, Witness(function=F, arguments={"a": 300}))
    assert not outside.good and "NotAdmissibleError" in outside.text


def test_a_witness_on_which_python_and_the_core_differ_is_none(tmp_path: Path) -> None:
    made = doubled(tmp_path, "return 7")
    run = run_witness(made, Witness(function=F, arguments={"a": 3}))
    assert not run.good and "returns 7, the interpreter 6" in run.text


def test_zeros_are_tried_in_sequences(tmp_path: Path) -> None:
    i = var("i", INT)
    zero = every("i", length(x), compare(at(x, i), "==", num(0)))
    made = kernel("f", {"x": INTS}, (Return(value=length(x)),), requires=(zero,))
    text = (
        "@kernel()\n@require(lambda x: all(e == 0 for e in x))\n"
        "def f(x: Sequence[I64]) -> I64:\n    return len(x)\n"
    )
    both = program(beside(tmp_path, made, text))
    run = run_witness(both, Witness(function=F, arguments={"x": [1, 2]}))
    assert run.good and run.text == "f(x=[0, 0]) = 2"


def test_witnesses_run_apart(tmp_path: Path) -> None:
    made = counting(tmp_path)
    found = [Witness(function=F, arguments={"a": n}) for n in (2, 300)]
    first, second = run_witnesses(made, found)
    assert first.good and not second.good


def test_values_are_alike_with_their_types() -> None:
    assert alike((1, [2, [3]]), (1, [2, [3]]))
    assert not alike(True, 1) and not alike([1], (1,)) and not alike([1], [1, 2])


def nested(levels: int) -> Program:
    value: Expr = num(0)
    for _ in range(levels):
        value = op(value, "+", num(1))
    return program(kernel("f", {}, (If(test=compare(num(0), "<", num(1)),
                   then=(Return(value=value),), otherwise=(Return(value=num(0)),)),)))  # fmt: skip


def test_the_deepest_programs_reach_the_other_process() -> None:
    made = nested(190)
    check_program(made)
    (found,) = replay_all(made, [refuted(made, {})])
    assert "runs through and returns 190" in found.message

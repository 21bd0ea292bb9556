"""Trials find what no proof may leave: a contract that fails, a result that differs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from core_programs import (
    BYTES,
    INTS,
    U8,
    WORD,
    at,
    both,
    compare,
    either,
    every,
    kernel,
    lemma,
    length,
    logic,
    num,
    op,
    program,
    var,
)
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.interpreter import Machine
from veriquant_proofs.core.syntax import (
    Absolute,
    Comparison,
    Expr,
    Function,
    FunctionId,
    LogicCall,
    Not,
    Project,
    RealLiteral,
    Relation,
    Return,
    ToReal,
)
from veriquant_proofs.core.types import (
    BOOL,
    INT,
    REAL,
    IntType,
    MatrixType,
    SequenceType,
    TupleType,
    Type,
)
from veriquant_proofs.core.wellformed import check_program
from veriquant_proofs.runtime.inputs import Generator
from veriquant_proofs.runtime.trials import WANTED, run_trials, try_function
from veriquant_spec.types import Range

HEAD = """
from collections.abc import Sequence
from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel, variant
from veriquant_spec.types import I64, U8
"""

F = FunctionId(module="tried", name="f")
MATRIX = MatrixType(element=U8)
a, b, n = var("a"), var("b"), var("n")
x, y, w = var("x", INTS), var("y", BYTES), var("w", MATRIX)
i, p = var("i", INT), var("p", INT)


def tried(folder: Path, made: Function, source: str, wanted: int = WANTED) -> Any:
    file = folder / "tried.py"
    file.write_text(HEAD + source, encoding="utf-8")
    function = replace(made, id=F, file=file)
    both_sides = program(function)
    check_program(both_sides)
    return try_function(both_sides, F, wanted)


def square(limit: int) -> Function:
    return kernel(
        "f",
        {"a": IntType(range=Range(-5000, 5000))},
        (Return(value=op(var("a", IntType(range=Range(-5000, 5000))), "*", num(3))),),
        ensures=(compare(var("result"), "<=", num(limit)),),
    )


SOURCE = """
from typing import Annotated
from veriquant_spec.types import Range

@kernel()
@ensure(lambda result: result <= {limit})
def f(a: Annotated[int, Range(-5000, 5000)]) -> I64:
    return {value}
"""


def test_a_good_function_is_run_on_a_thousand_inputs(tmp_path: Path) -> None:
    trial = tried(tmp_path, square(15000), SOURCE.format(limit=15000, value="a * 3"))
    assert trial.good and trial.inputs == WANTED == 1000
    assert trial.text == "1000 inputs" and not trial.everything


def test_a_contract_that_fails_is_an_alarm(tmp_path: Path) -> None:
    trial = tried(tmp_path, square(14999), SOURCE.format(limit=14999, value="a * 3"))
    assert not trial.good
    assert trial.alarm.call == "f(a=5000)"
    assert "postcondition: result <= 14999" in trial.alarm.message
    assert "the function raises ViolationError" in trial.alarm.message
    assert trial.alarm.broken.kind is Kind.POSTCONDITION and trial.alarm.broken.function == F
    assert trial.text.startswith("f(a=5000): in the interpreter")


def test_a_contract_that_fails_on_the_real_function_alone_is_an_alarm(tmp_path: Path) -> None:
    trial = tried(tmp_path, square(15000), SOURCE.format(limit=14999, value="a * 3"))
    assert "the function raises ViolationError" in trial.alarm.message
    assert "the interpreter returns 15000" in trial.alarm.message
    assert trial.alarm.broken is None, "no check that could be unproved"


def test_another_result_is_an_alarm(tmp_path: Path) -> None:
    trial = tried(tmp_path, square(15000), SOURCE.format(limit=15000, value="a * 3 or False"))
    assert trial.alarm.call == "f(a=0)"
    assert "returns False; the interpreter returns 0" in trial.alarm.message


def test_a_changed_argument_is_an_alarm(tmp_path: Path) -> None:
    made = kernel("f", {"x": INTS}, (Return(value=num(0)),))
    source = "@kernel()\ndef f(x: Sequence[I64]) -> I64:\n    x.append(1)\n    return 0\n"
    assert tried(tmp_path, made, source).alarm is not None


def test_a_check_that_python_does_not_make_is_an_alarm(tmp_path: Path) -> None:
    made = kernel("f", {"a": WORD}, (Return(value=op(op(a, "+", num(1)), "-", num(1))),))
    source = "@kernel()\ndef f(a: I64) -> I64:\n    return a + 1 - 1\n"
    trial = tried(tmp_path, made, source)
    assert trial.alarm.call == f"f(a={2**63 - 1})" and "overflow check" in trial.alarm.message


def test_small_domains_are_tried_completely(tmp_path: Path) -> None:
    byte, flag = var("a", U8), var("b", BOOL)
    made = kernel(
        "f",
        {"a": U8, "b": BOOL},
        (Return(value=byte),),
        requires=(either(flag, compare(byte, "<", num(5))),),
    )
    source = (
        "@kernel()\n@require(lambda a, b: b or a < 5)\n"
        "def f(a: U8, b: bool) -> I64:\n    return a\n"
    )
    trial = tried(tmp_path, made, source)
    assert (trial.inputs, trial.everything) == (256 + 5, True)
    assert trial.text == "261 inputs, all there are"


def test_the_same_each_time(tmp_path: Path) -> None:
    machine = Machine(program(square(15000)))
    (function,) = machine.program.functions.values()
    first, second = (list(Generator(machine, function, "seed").admissible(200)) for _ in range(2))
    assert first == second
    assert first != list(Generator(machine, function, "other").admissible(200))


def test_long_runs_are_left_out(tmp_path: Path) -> None:
    every_one = every("i", a, compare(i, ">=", num(0)))
    made = kernel("f", {"a": WORD}, (Return(value=a),), ensures=(every_one,))
    source = (
        "@kernel()\n@ensure(lambda a: all(i >= 0 for i in range(a)))\n"
        "def f(a: I64) -> I64:\n    return a\n"
    )
    trial = tried(tmp_path, made, source)
    assert trial.good and trial.left_out > 0 and trial.inputs < WANTED


def test_what_cannot_be_tried_is_not_called_good(tmp_path: Path) -> None:
    empty = kernel("f", {"x": INTS}, (Return(value=num(0)),),
                   requires=(compare(length(x), "<", num(0)),))  # fmt: skip
    source = "@kernel()\ndef f(x: Sequence[I64]) -> I64:\n    return 0\n"
    trial = tried(tmp_path, empty, source)
    assert not trial.good and "no input inside the precondition" in trial.text
    lost = program(replace(square(0), file=tmp_path / "gone.py"))
    (trial,) = run_trials(lost)
    assert not trial.good and "cannot be called" in trial.text


def test_functions_are_tried_apart(tmp_path: Path) -> None:
    file = tmp_path / "tried.py"
    file.write_text(
        HEAD + "@kernel()\ndef f(a: U8) -> I64:\n    while a > 3: pass\n    return a\n"
        "@kernel()\ndef g(a: U8) -> I64:\n    return a\n",
        encoding="utf-8",
    )
    made = kernel("f", {"a": U8}, (Return(value=var("a", U8)),))
    functions = [
        replace(made, id=FunctionId(module="tried", name=name), file=file) for name in "fg"
    ]
    ticks: list[int] = []
    first, second = run_trials(
        program(*functions), jobs=2, limit=2.0, finished=lambda: ticks.append(1)
    )
    assert first.error == "did not return within 2 s" and not first.good
    assert second.good and len(ticks) == 2


# ------------------------------------------------------------------ inputs inside preconditions


def at_least(count: int, parameters: dict[str, Type], *requires: Expr, **rest: Any) -> list[Any]:
    """Inputs of a function, of which so many are found."""
    made = kernel("f", parameters, (Return(value=num(0)),), requires=requires)
    others = rest.get("others", ())
    together = program(*others, made)
    check_program(together)
    found = list(Generator(Machine(together), made, "seed").admissible(1500))
    assert len(found) >= count
    return found


def test_lengths_are_matched() -> None:
    found = at_least(
        1000,
        {"x": INTS, "y": BYTES, "n": WORD},
        compare(length(x), "==", op(num(2), "*", length(y))),
        compare(n, "==", op(length(x), "+", num(1))),
    )
    assert {len(v["y"]) for v in found} >= {0, 1, 2, 3, 4, 5, 8}
    assert any(255 in v["y"] for v in found) and any(2**63 - 1 in v["x"] for v in found)


def test_matrices_get_matching_dimensions() -> None:
    dimension = IntType(range=Range(0, 2**31))
    rows = every("p", length(w), compare(length(at(w, p)), "==", var("n", dimension)))
    found = at_least(
        450,
        {"w": MATRIX, "n": dimension, "x": INTS},
        compare(length(x), "==", op(num(2), "*", length(w))),
        rows,
        compare(op(length(x), "%", num(4)), "==", num(0)),
    )
    assert {(len(v["w"]), v["n"]) for v in found} >= {(0, 0), (2, 1), (4, 2)}


def test_orders_and_elements() -> None:
    k = var("i", INT)
    rising = every(
        "i", op(length(x), "-", num(1)), compare(at(x, k), "<", at(x, op(k, "+", num(1))))
    )
    found = at_least(700, {"x": INTS}, compare(length(x), ">=", num(2)), rising)
    assert all(v["x"] == sorted(set(v["x"])) for v in found)


def test_chains_bits_shifts_and_signs() -> None:
    at_least(
        500,
        {"a": WORD, "b": WORD, "n": WORD},
        Comparison(operands=(num(0), a, b), relations=(Relation.LE, Relation.LT)),
        compare(op(a, "&", num(7)), "==", num(3)),
        compare(op(b, ">>", num(3)), "<", num(2**20)),
        compare(Absolute(operand=n), "==", b),
        Not(operand=compare(op(n, "//", num(2)), "==", num(0))),
    )


def test_specification_functions_and_tuples() -> None:
    k = var("k", INT)
    even = logic("even", {"k": INT}, compare(op(k, "%", num(2)), "==", num(0)), result=BOOL)
    half = logic("half", {"k": INT}, op(k, "//", num(2)))

    def applied(name: str, argument: Expr, kind: Type) -> LogicCall:
        identity = FunctionId(module="made", name=name)
        return LogicCall(function=identity, arguments=(argument,), result=kind)

    kind = TupleType(items=(WORD, WORD))
    pair = var("t", kind)
    at_least(
        900,
        {"a": WORD, "b": WORD, "t": kind},
        applied("even", a, BOOL),
        compare(applied("half", b, INT), "==", op(a, "-", num(5))),
        compare(Project(tuple=pair, index=0), "<", Project(tuple=pair, index=1)),
        others=(even, half),
    )


def test_rationals() -> None:
    r, q = var("r", REAL), var("q", REAL)
    made = lemma(
        "f",
        {"n": INT, "r": REAL, "q": REAL},
        compare(r, "==", r),
        requires=(
            compare(q, ">", RealLiteral(value=Fraction(0))),
            compare(r, "==", op(q, "*", ToReal(operand=var("n", INT)))),
        ),
    )
    together = program(made)
    found = list(Generator(Machine(together), made, "seed").admissible(1200))
    assert len(found) >= 900 and all(v["r"] == v["q"] * v["n"] for v in found)


def test_conjunctions_and_choices() -> None:
    found = at_least(
        20,
        {"a": WORD, "b": WORD},
        either(compare(a, "==", num(8)), compare(a, "==", num(16))),
        both(compare(b, ">", a), compare(b, "<=", op(a, "*", num(2)))),
    )
    assert {v["a"] for v in found} == {8, 16} and len(found) == 24


@pytest.mark.parametrize("kind", [SequenceType(element=U8), MATRIX])
def test_every_range_is_reached(kind: Type) -> None:
    generator = Generator(Machine(program()), kernel("f", {"x": kind}, ()), "seed")
    values = [v["x"] for v in (generator.arguments() for _ in range(500))]
    flat = [e for v in values for e in v]
    if isinstance(kind, MatrixType):
        flat = [e for row in flat for e in row]
        assert {len(v) for v in values} >= {0, 1, 2, 3}
    assert {0, 1, 254, 255, 127, 128, 64} <= set(flat)

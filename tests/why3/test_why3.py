"""Why3 as a second generator: what it proves, what it must not prove, and what the report says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from veriquant_proofs.core.syntax import Function, FunctionId, IntLiteral, Program, Return
from veriquant_proofs.core.traverse import expressions
from veriquant_proofs.frontend import read_product
from veriquant_proofs.why3.expressions import NotExportableError, Printer, runs
from veriquant_proofs.why3.modules import print_module
from veriquant_proofs.why3.results import (
    NOT_PROVED,
    NOT_RUN,
    OTHER_SOURCES,
    PROVED,
    why3_results,
    write_results,
)
from veriquant_proofs.why3.run import FunctionResult, Goal, available, prove_function

needs_why3 = pytest.mark.skipif(not available(), reason="Why3 is not installed")
FAST = (("Z3,4.8.12,", 20),)
UNPACK = FunctionId(module="veriquant.kernels.packing", name="unpack_wide")


@pytest.fixture(scope="module")
def program() -> Program:
    return read_product().program


def with_mask(function: Function, mask: int) -> Function:
    """`unpack_wide` with another mask."""
    (statement,) = function.body
    assert isinstance(statement, Return)
    literal = next(e for e in expressions(statement.value) if isinstance(e, IntLiteral))
    assert literal.value == 15
    changed = replace(statement.value, right=IntLiteral(value=mask))  # type: ignore[call-arg]
    return replace(function, body=(replace(statement, value=changed),))


@needs_why3
def test_a_kernel_is_proved(program: Program, tmp_path: Path) -> None:
    result = prove_function(program, program[UNPACK], tmp_path, FAST)
    assert result.refused is None
    assert result.proved
    assert {goal.clause for goal in result.goals} >= {0}
    assert prove_function(program, program[UNPACK], tmp_path, FAST).goals == result.goals


@needs_why3
def test_a_false_kernel_is_not_proved(program: Program, tmp_path: Path) -> None:
    false = with_mask(program[UNPACK], 7)
    result = prove_function(program, false, tmp_path, FAST)
    assert result.refused is None
    assert [goal.clause for goal in result.goals if goal.prover is None] == [0]


@needs_why3
def test_a_result_out_of_its_range_is_not_proved(program: Program, tmp_path: Path) -> None:
    false = with_mask(program[UNPACK], 31)
    result = prove_function(program, false, tmp_path, FAST)
    assert "range check" in {goal.kind for goal in result.goals if goal.prover is None}


def test_runs_of_ones_make_up_the_mask() -> None:
    for mask in (0, 1, 15, 0b1011001, 35747867511423103):
        assert sum(((1 << width) - 1) << bit for bit, width in runs(mask)) == mask


def test_what_overlaps_is_not_exported(program: Program) -> None:
    block = FunctionId(module="veriquant.kernels.block", name="gather_block")
    with pytest.raises(NotExportableError, match="may overlap"):
        print_module(program, program[block])


def test_verdicts_of_the_result_file(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "why3.json"
    key = (str(UNPACK), 0)
    assert set(why3_results(program, path).values()) == {NOT_RUN}
    goal = Goal("postcondition", 1, "", "Postcondition", 0, "Z3 4.8.12")
    write_results(program, [FunctionResult(str(UNPACK), [goal])], "", path)
    assert why3_results(program, path)[key] == PROVED
    # a check of the function that fails takes its clauses along
    failed = replace(goal, clause=None, prover=None)
    write_results(program, [FunctionResult(str(UNPACK), [goal, failed])], "", path)
    assert why3_results(program, path)[key] == NOT_PROVED
    other = Program(functions={**program.functions, UNPACK: with_mask(program[UNPACK], 7)})
    assert why3_results(other, path)[key] == OTHER_SOURCES


def test_a_name_of_python_is_never_one_of_why3(program: Program) -> None:
    text = Printer(str, None).term(program[UNPACK].ensures[0].condition)
    assert "v_packed" in text

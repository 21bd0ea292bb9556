"""The mutation campaign: what it changes, what it concludes, and that the conclusions are true."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from core_programs import at, both, compare, kernel, length, num, op, program, var
from veriquant_proofs.core.errors import WellFormedError
from veriquant_proofs.core.interpreter import CheckFailed, Machine
from veriquant_proofs.core.printer import show_function
from veriquant_proofs.core.syntax import (
    Absolute,
    Assert,
    Assign,
    Call,
    Clause,
    Comparison,
    Conditional,
    Display,
    Extreme,
    Filled,
    For,
    Function,
    FunctionId,
    If,
    Negate,
    Not,
    Pick,
    Program,
    Project,
    Relation,
    Return,
    Role,
    Statement,
    Store,
    TupleOf,
    Use,
    While,
)
from veriquant_proofs.core.traverse import nodes
from veriquant_proofs.core.types import IntType, SequenceType, TupleType
from veriquant_proofs.core.wellformed import check_function
from veriquant_proofs.frontend import read_product
from veriquant_proofs.mutants import main
from veriquant_proofs.mutation.campaign import (
    INPUTS,
    Examiner,
    UnsoundError,
    changed_functions,
    left_out,
    samples,
)
from veriquant_proofs.mutation.decide import decide
from veriquant_proofs.mutation.equivalence import determination, determined
from veriquant_proofs.mutation.operators import Mutant, mutants
from veriquant_proofs.obligations import generate
from veriquant_spec.types import Range

SOURCE = read_product()
PROGRAM = SOURCE.program
KERNELS = [f for f in SOURCE.verified() if f.role is Role.KERNEL]
LEMMAS = [f for f in SOURCE.verified() if f.role is Role.LEMMA]
PACKING = "veriquant.kernels.packing"


def packing(name: str) -> Function:
    return PROGRAM[FunctionId(module=PACKING, name=name)]


@cache
def changed(identity: FunctionId) -> list[Mutant]:
    return changed_functions(PROGRAM, PROGRAM[identity])


@pytest.mark.parametrize("function", KERNELS, ids=lambda f: f.label)
def test_only_the_body_is_changed_and_never_twice_alike(function: Function) -> None:
    found = changed(function.id)
    assert len(found) >= 7
    promised = promises(function)
    for mutant in found:
        assert replace(mutant.function, body=function.body) == function
        assert promises(mutant.function) <= promised
    assert len({show_function(m.function) for m in found} | {show_function(function)}) == (
        len(found) + 1
    )


def promises(function: Function) -> set[Any]:
    """What a body promises: invariants, variants and proof steps."""
    inside = [n for s in function.body for n in nodes(s)]
    variants = {n.variant for n in inside if isinstance(n, While)}
    return variants | {n for n in inside if isinstance(n, Clause | Assert | Use)}


def test_same_source_same_mutants() -> None:
    again = read_product().program
    for function in KERNELS[:4]:
        assert mutants(again, again[function.id]) == changed(function.id)


def test_mutants_have_a_place_and_texts() -> None:
    found = changed(packing("unpack_narrow").id)
    mutant = next(m for m in found if m.key == "operand dropped: packed >> 4 -> packed")
    lines = (Path(__file__).parents[1] / packing("unpack_narrow").file).read_text().splitlines()
    assert lines[mutant.line - 1][mutant.column - 1 :].startswith("packed >> 4")
    assert found == sorted(found, key=lambda m: (m.line, m.column, m.operator, m.new))


SORTS = {
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


def test_every_sort_of_change_occurs() -> None:
    assert {m.operator for function in KERNELS for m in changed(function.id)} == SORTS


WORD = IntType(range=Range(-(2**63), 2**63 - 1))
INTS = SequenceType(element=WORD)


def test_every_construct_is_changed() -> None:
    """A body with each construct: each of these changes is among its mutants."""
    a, b, x, y = var("a"), var("b"), var("x", INTS), var("y", INTS)
    pair = TupleType(items=(WORD, WORD))
    callee = FunctionId(module="made", name="g")
    g = kernel("g", {"a": WORD, "b": WORD}, (Return(value=a),))
    other = kernel("h", {"a": WORD, "b": WORD}, (Return(value=b),))
    loop = For(
        variable="k",
        type=WORD,
        low=num(0),
        high=length(x),
        invariants=(),
        body=(Store(array="y", indices=(var("k"),), value=Negate(operand=at(x, var("k")))),),
    )
    least = Extreme(pick=Pick.MIN, operands=(a, Absolute(operand=b)))
    test = both(Not(operand=compare(a, "<", b)), chain(a, b, num(3)))
    choice = Conditional(test=compare(a, "==", num(1)), yes=least, no=op(b, "<<", num(2)))
    called = Call(function=callee, arguments=(a, b), result=WORD)
    body: tuple[Statement, ...] = (
        Assign(target="y", value=Filled(value=num(7), count=length(x), element=WORD)),
        Assign(target="z", value=Display(items=(a, num(5)), element=WORD)),
        loop,
        If(test=test, then=(Return(value=TupleOf(items=(called, b))),)),
        Assign(target="p", value=TupleOf(items=(choice, a))),
        Return(value=TupleOf(items=(Project(tuple=var("p", pair), index=0), at(y, num(0))))),
    )
    f = kernel(
        "f",
        {"a": WORD, "b": WORD, "x": INTS},
        body,
        result=pair,
        locals={"y": INTS, "z": INTS, "p": pair},
    )
    made = program(g, other, f)
    found = {m.key for m in mutants(made, f)}
    wanted = {
        "constant: 7 -> 8",
        "constant: 5 -> 0",
        "constant: p[0] -> p[1]",
        "variable: y -> z",
        "variable: a -> b",
        "variable: x -> y",
        "index: k -> k + 1",
        "index: k -> k - 1",
        "index: k -> 0",
        "sign dropped: -x[k] -> x[k]",
        "range bound: range(0, len(x)) -> range(0 + 1, len(x))",
        "range bound: range(0, len(x)) -> range(0 - 1, len(x))",
        "range bound: range(0, len(x)) -> range(0, len(x) - 1)",
        "range bound: range(0, len(x)) -> range(0, len(x) + 1)",
        "negation dropped: not a < b -> a < b",
        "comparison: a < b -> a <= b",
        "comparison: a < b < 3 -> a < b >= 3",
        "connective: not a < b and a < b < 3 -> not a < b or a < b < 3",
        "operand dropped: not a < b and a < b < 3 -> a < b < 3",
        "condition negated: a < b < 3 -> not a < b < 3",
        "condition fixed: a == 1 -> 0 == 0",
        "condition fixed: a == 1 -> 0 == 1",
        "arguments swapped: g(a, b) -> g(b, a)",
        "callee: g(a, b) -> h(a, b)",
        "callee: min(a, abs(b)) -> max(a, abs(b))",
        "call dropped: g(a, b) -> b",
        "call dropped: abs(b) -> b",
        "call changed: min(a, abs(b)) -> min(a, abs(b)) + 1",
        "call changed: len(x) -> len(x) + 1",
        "operator: b << 2 -> b * 2",
        "operator: b << 2 -> b >> 2",
        "operand dropped: b << 2 -> b",
        "operands swapped: b << 2 -> 2 << b",
        "result swapped: (g(a, b), b) -> (b, g(a, b))",
        "statement dropped: y[k] = -x[k] -> pass",
        "statement dropped: for k in range(0, len(x)): -> pass",
        "statement dropped: p = (min(a, abs(b)) if a == 1 else b << 2, a) -> pass",
    }
    assert wanted <= found, wanted - found


def chain(*operands: Any) -> Comparison:
    return Comparison(operands=operands, relations=(Relation.LT,) * (len(operands) - 1))


def test_every_lemma_statement_with_a_number_or_comparison_is_changed() -> None:
    for function in LEMMAS:
        parts = [n for clause in function.ensures for n in nodes(clause)]
        found = changed(function.id)
        assert {m.operator for m in found} <= {"constant", "comparison"}
        assert all(replace(m.function, ensures=function.ensures) == function for m in found)
        if any(isinstance(n, Comparison) for n in parts):
            assert len(found) >= 2, function.label


@pytest.mark.parametrize("function", KERNELS, ids=lambda f: f.label)
def test_every_contract_determines_its_result(function: Function) -> None:
    assert {decide(vc).verdict for vc in determination(PROGRAM, function)} == {"proved"}


@pytest.mark.parametrize("name", ["pack_pair", "unpack_pair"])
def test_what_determines_a_result_is_no_contradiction(name: str) -> None:
    """Two results may satisfy a contract: otherwise anything would follow."""
    import z3

    lemma = determined(packing(name))
    together = Program(functions={**PROGRAM.functions, lemma.id: lemma})
    (point,) = generate(together, lemma).vacuity
    solver = z3.Solver()
    solver.from_string(point.smt2)
    assert solver.check() == z3.sat


DOMAINS = {
    "pack_pair": [range(16), range(8)],
    "unpack_wide": [range(128)],
    "unpack_narrow": [range(128)],
    "unpack_pair": [range(128)],
    "repack_pair": [range(16), range(8)],
}


@pytest.mark.parametrize("name", DOMAINS)
def test_verdicts_agree_with_enumeration(name: str) -> None:
    """On a finite domain a mutant is called equivalent exactly if it computes the same."""
    function = packing(name)
    examiner = Examiner(PROGRAM, function)
    examiner.original()
    assert examiner.determined
    expected = results(function)
    verdicts = []
    for mutant in changed(function.id):
        outcome = examiner.outcome(mutant)
        same = results(mutant.function) == expected
        assert (outcome.verdict == "equivalent") == same, mutant.key
        verdicts.append(outcome.verdict)
    assert "refuted" in verdicts


def results(function: Function) -> list[Any]:
    """Results on the whole domain, without the function's own postconditions."""
    plain = replace(function, ensures=())
    machine = Machine(Program(functions={**PROGRAM.functions, function.id: plain}))
    try:
        check_function(machine.program, function)
    except WellFormedError as error:
        return [error.message]
    found: list[Any] = []
    for arguments in itertools.product(*DOMAINS[function.id.name]):
        try:
            found.append(machine.call(function.id, arguments))
        except CheckFailed as error:
            found.append(error.kind)
    return found


def test_mutants_survive_a_weak_contract() -> None:
    """Without its postcondition `unpack_narrow` promises a range only: changes go unnoticed."""
    weak = replace(packing("unpack_narrow"), ensures=())
    made = Program(functions={**PROGRAM.functions, weak.id: weak})
    examiner = Examiner(made, weak)
    examiner.original()
    assert not examiner.determined
    outcomes = [examiner.outcome(m) for m in mutants(made, weak)]
    surviving = {f"{o.old} -> {o.new}" for o in outcomes if o.verdict == "surviving"}
    assert "packed >> 4 & 7 -> 0" in surviving
    assert "packed >> 4 -> packed" in surviving
    assert not any(o.verdict == "equivalent" for o in outcomes)


def test_an_equivalent_mutant_that_computes_something_else_is_an_alarm() -> None:
    """Every mutant that is proved is run: a wrong expectation stands for an unsound verifier."""
    function = packing("pack_pair")
    examiner = Examiner(PROGRAM, function)
    examiner.original()
    assert len(examiner.inputs) == INPUTS
    same = next(m for m in changed(function.id) if m.key == "operand dropped: wide & 15 -> wide")
    assert examiner.outcome(same).verdict == "equivalent"
    examiner.inputs = [replace(s, result=s.result + 1) for s in examiner.inputs]
    with pytest.raises(UnsoundError, match="pack_pair"):
        examiner.outcome(same)


def test_a_mutant_that_breaks_a_rule_is_refused() -> None:
    function = packing("pack_pair")
    examiner = Examiner(PROGRAM, function)
    examiner.original()
    broken = replace(function, body=())
    assert examiner.verdict(broken) == ("refused", "pack_pair may end without a return")


@pytest.mark.parametrize("function", KERNELS, ids=lambda f: f.label)
def test_inputs_are_valid_and_varied(function: Function) -> None:
    found = samples(PROGRAM, function)
    assert len(found) >= 10
    machine = Machine(PROGRAM)
    assert all(machine.call(function.id, s.arguments) == s.result for s in found)
    first = function.parameters[0]
    if not isinstance(first.type, IntType):
        assert any(s.arguments[first.name] for s in found), "not only empty lists"


@pytest.mark.parametrize(
    "name", ["column_bound", "quantize_code", "rne_div", "weight_range", "gather_block"]
)
def test_what_fails_in_a_run_is_not_proved(name: str) -> None:
    """The interpreter and the obligations agree on kind, place and text of every check that fails;
    and what fails in a run is not proved. Neither knows of the other."""
    function = next(f for f in KERNELS if f.id.name == name)
    inputs = samples(PROGRAM, function)[:8]
    failures = 0
    for mutant in changed(function.id)[::5]:
        made = Program(functions={**PROGRAM.functions, function.id: mutant.function})
        try:
            check_function(made, mutant.function)
        except WellFormedError:
            continue
        failed = {f for s in inputs for f in failing(made, function.id, s.arguments)}
        if failed:
            vcs = generate(made, mutant.function).vcs
            for check in failed:
                own = [vc for vc in vcs if (vc.kind, vc.line, vc.goal) == check]
                assert own, mutant.key
                assert any(decide(vc).verdict != "proved" for vc in own), mutant.key
            failures += len(failed)
    assert failures >= 5


def failing(made: Program, identity: FunctionId, arguments: dict[str, Any]) -> set[Any]:
    """The check that fails on these arguments, if it is the function's own."""
    try:
        Machine(made).call(identity, arguments)
    except CheckFailed as failure:
        if failure.function == identity:
            return {(failure.kind, failure.place.line, failure.goal)}
    return set()


def test_preconditions_and_invariants_are_left_out_in_turn() -> None:
    dot = next(f for f in KERNELS if f.id.name == "dot_wide")
    examiner = Examiner(PROGRAM, dot)
    examiner.original()
    clauses = list(left_out(examiner))
    assert [c.what for c in clauses] == ["precondition"] * 2 + ["invariant"] * 2
    assert all(c.needed for c in clauses)
    assert clauses[1].text == "len(q) == len(a)"


def test_a_clause_that_nothing_needs_is_found() -> None:
    function = packing("unpack_wide")
    spare = Clause(condition=compare(var("packed", function.parameters[0].type), "<", num(500)))
    widened = replace(function, requires=(spare,))
    made = Program(functions={**PROGRAM.functions, function.id: widened})
    examiner = Examiner(made, widened)
    examiner.original()
    assert [c.needed for c in left_out(examiner)] == [False]


def test_command_writes_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--jobs", "1", "--out", str(tmp_path), "bound.column_bound"]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert "bound.column_bound" in text
    first = (tmp_path / "mutants.json").read_bytes()
    report = json.loads(first)
    (found,) = report["kernels"]
    totals = report["totals"]
    assert totals["surviving"] == 0
    assert (
        totals["mutants"]
        == len(found["mutants"])
        == sum(totals[v] for v in ("refuted", "executed", "unknown", "refused", "equivalent"))
    )
    assert totals["refuted"] > totals["equivalent"]
    assert [c["needed"] for c in found["clauses"]] == [True, True, True]
    assert main(arguments) == 0
    assert (tmp_path / "mutants.json").read_bytes() == first, "same source, same report"


def test_unknown_kernel_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no_such_kernel"]) == 2
    assert "no_such_kernel" in capsys.readouterr().err

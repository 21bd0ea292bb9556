"""The interpreter makes every check of `core.checks`, where and when the semantics say so."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from core_programs import (
    BYTES,
    INTS,
    TRUE,
    U8,
    WORD,
    at,
    both,
    clause,
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
from veriquant_proofs.core.checks import MAX_LENGTH, Kind
from veriquant_proofs.core.interpreter import CheckFailed, Machine, NotAdmissibleError, StepLimit
from veriquant_proofs.core.syntax import (
    Absolute,
    Assert,
    Assign,
    Binder,
    Call,
    Comparison,
    Conditional,
    Display,
    Expr,
    Extreme,
    Filled,
    For,
    Function,
    FunctionId,
    If,
    LogicCall,
    Mode,
    Negate,
    Old,
    Parameter,
    Pick,
    Project,
    Quantified,
    Quantor,
    RealLiteral,
    Relation,
    Return,
    Store,
    ToReal,
    TupleOf,
    Unpack,
    Use,
    While,
)
from veriquant_proofs.core.types import INT, REAL, IntType, MatrixType, TupleType
from veriquant_proofs.core.wellformed import check_program
from veriquant_spec.types import Range

a, b, n, x = var("a"), var("b"), var("n"), var("x", INTS)
result = var("result")
MATRIX = MatrixType(element=U8)


def call(*functions: Function, arguments: tuple[Any, ...] = ()) -> Any:
    """Run the last of several functions; all must be well-formed."""
    made = program(*functions)
    check_program(made)
    return Machine(made).call(functions[-1].id, arguments)


def fails(*functions: Function, arguments: tuple[Any, ...] = ()) -> CheckFailed:
    with pytest.raises(CheckFailed) as caught:
        call(*functions, arguments=arguments)
    return caught.value


def of(value: Expr, **rest: Any) -> Function:
    """`f(a, b, n, x)` that returns an expression."""
    parameters = {"a": WORD, "b": WORD, "n": WORD, "x": INTS}
    return kernel("f", parameters, (Return(value=value),), **rest)


ARGUMENTS = (7, -2, 3, [5, 6])


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (op(a, "//", b), -4),
        (op(a, "%", b), -1),
        (op(a, "-", b), 9),
        (op(op(a, "<<", n), "|", num(1)), 57),
        (op(b, ">>", num(1)), -1),
        (op(a, "&", op(n, "^", num(5))), 6),
        (Negate(operand=a), -7),
        (Absolute(operand=b), 2),
        (Extreme(pick=Pick.MIN, operands=(a, b, n)), -2),
        (Extreme(pick=Pick.MAX, operands=(b, n)), 3),
        (Conditional(test=compare(a, "<", b), yes=a, no=n), 3),
        (op(at(x, num(1)), "*", length(x)), 12),
        (Project(tuple=TupleOf(items=(a, b)), index=1), -2),
    ],
)
def test_executable_values(value: Expr, wanted: int) -> None:
    assert call(of(value), arguments=ARGUMENTS) == wanted


def test_specification_values() -> None:
    half = RealLiteral(value=Fraction(1, 2))
    r = ToReal(operand=a)
    conditions = (
        compare(op(r, "/", ToReal(operand=n)), "==", RealLiteral(value=Fraction(7, 3))),
        compare(op(r, "*", half), ">", ToReal(operand=n)),
        Comparison(operands=(b, num(0), n, a), relations=(Relation.LT, Relation.LE, Relation.NE)),
        compare(op(op(a, "*", num(2**62)), "*", num(2**62)), ">", num(2**64)),  # no word here
        every("i", length(x), compare(at(x, var("i", INT)), "==", op(var("i", INT), "+", num(5)))),
        Quantified(
            quantor=Quantor.ANY,
            binders=(
                Binder(name="j", low=num(0), high=n),
                Binder(name="k", low=var("j", INT), high=n),
            ),
            body=compare(op(var("j", INT), "+", var("k", INT)), "==", num(4)),
        ),
    )
    assert call(of(a, ensures=conditions), arguments=ARGUMENTS) == 7


CHECKS: list[tuple[str, Kind, Expr, str]] = [
    ("division", Kind.DIVISION, op(a, "//", op(b, "+", num(2))), "b + 2 != 0"),
    ("modulo", Kind.DIVISION, op(a, "%", op(b, "+", num(2))), "b + 2 != 0"),
    ("shift", Kind.SHIFT, op(a, "<<", b), "0 <= b <= 63"),
    ("overflow", Kind.OVERFLOW, op(a, "*", num(2**62)), f"a * {2**62} in -2**63..2**63-1"),
    ("negation", Kind.OVERFLOW, Negate(operand=op(num(-(2**63)), "+", op(a, "-", a))), ""),
    ("absolute", Kind.OVERFLOW, Absolute(operand=op(num(-(2**63)), "+", op(a, "-", a))), ""),
    ("index", Kind.INDEX, at(x, op(n, "-", num(1))), "x[n - 1]: index in range"),
    ("negative index", Kind.INDEX, at(x, b), "x[b]: index in range"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "value", "goal"), CHECKS, ids=[c[0] for c in CHECKS])
def test_checks_of_operations(name: str, kind: Kind, value: Expr, goal: str) -> None:
    failure = fails(of(value), arguments=ARGUMENTS)
    assert failure.kind is kind
    assert failure.function == FunctionId(module="made", name="f")
    assert goal in ("", failure.goal)
    assert failure.values == {"a": 7, "b": -2, "n": 3, "x": [5, 6]}
    assert f"{kind.value}: {failure.goal}" in str(failure)


SPECIFIED = [c for c in CHECKS if c[1] in (Kind.DIVISION, Kind.SHIFT, Kind.INDEX)]


@pytest.mark.parametrize(
    ("name", "kind", "value", "goal"), SPECIFIED, ids=[c[0] for c in SPECIFIED]
)
def test_a_contract_must_have_a_meaning(name: str, kind: Kind, value: Expr, goal: str) -> None:
    failure = fails(of(a, ensures=(compare(value, "==", num(0)),)), arguments=ARGUMENTS)
    assert (failure.kind, failure.goal) == (kind, goal)


@pytest.mark.parametrize("name", ["overflow", "negation", "absolute"])
def test_specification_arithmetic_has_no_word(name: str) -> None:
    value = next(c[2] for c in CHECKS if c[0] == name)
    assert call(of(a, ensures=(compare(value, "!=", num(0)),)), arguments=ARGUMENTS) == 7


def test_new_lists() -> None:
    two = TupleType(items=(BYTES, MATRIX))
    rows = Filled(value=num(9), count=n, width=num(2), element=U8)
    made = kernel(
        "f",
        {"n": WORD},
        (Return(value=TupleOf(items=(Display(items=(n, num(4)), element=U8), rows))),),
        result=two,
    )
    values, matrix = call(made, arguments=(3,))
    assert values == [3, 4] and matrix == [[9, 9]] * 3
    matrix[0][0] = 1
    assert matrix[1][0] == 9
    assert call(made, arguments=(0,)) == ([0, 4], [])
    failure = fails(made, arguments=(256,))
    assert (failure.kind, failure.goal) == (Kind.RANGE, "element 0 in 0..255")
    long = kernel(
        "f", {"n": WORD}, (Return(value=Filled(value=num(0), count=n, element=U8)),), result=BYTES
    )
    assert call(long, arguments=(-(2**40),)) == []
    assert fails(long, arguments=(MAX_LENGTH + 1,)).kind is Kind.LENGTH
    with pytest.raises(StepLimit):
        call(long, arguments=(2**40,))


def test_width_is_evaluated_only_where_there_are_rows() -> None:
    wide = Filled(value=num(0), count=n, width=op(num(1), "//", n), element=U8)
    made = kernel("f", {"n": WORD}, (Return(value=wide),), result=MATRIX)
    assert call(made, arguments=(0,)) == []
    assert call(made, arguments=(1,)) == [[0]]


def test_ranges_of_assignments_stores_and_results() -> None:
    seven = Display(items=(num(7), num(8)), element=U8)
    body = (
        Assign(target="s", value=seven),
        Assign(target="u", value=a),
        Store(array="s", indices=(n,), value=op(a, "+", num(250))),
        Unpack(targets=("u", "v"), value=TupleOf(items=(n, op(a, "-", num(1))))),
        Return(value=op(op(var("u", U8), "+", var("v", U8)), "+", at(var("s", BYTES), num(0)))),
    )
    made = kernel(
        "f",
        {"a": WORD, "n": WORD},
        body,
        result=IntType(range=Range(0, 260)),
        locals={"s": BYTES, "u": U8, "v": U8},
    )
    assert call(made, arguments=(1, 0)) == 251
    goals = {
        (256, 0): (Kind.RANGE, "u in 0..255"),
        (6, 2): (Kind.RANGE, "s[n] in 0..255"),  # the value comes before the index
        (5, 2): (Kind.INDEX, "s[n] = a + 250: index in range"),
        (0, 0): (Kind.RANGE, "v in 0..255"),
        (5, 0): None,
    }
    for arguments, wanted in goals.items():
        if wanted is None:
            assert call(made, arguments=arguments) == 259
        else:
            failure = fails(made, arguments=arguments)
            assert (failure.kind, failure.goal) == wanted
    narrow = kernel("f", {"a": WORD}, (Return(value=a),), result=U8)
    failure = fails(narrow, arguments=(256,))
    assert (failure.kind, failure.goal) == (Kind.RANGE, "result in 0..255")


def test_a_store_into_a_matrix_checks_the_row_before_the_column() -> None:
    body = (
        Assign(target="m", value=Filled(value=num(0), count=num(2), width=num(1), element=U8)),
        Store(array="m", indices=(a, n), value=num(5)),
        Return(value=var("m", MATRIX)),
    )
    made = kernel("f", {"a": WORD, "n": WORD}, body, result=MATRIX, locals={"m": MATRIX})
    assert call(made, arguments=(1, 0)) == [[0], [5]]
    assert "got 2 of 2" in str(fails(made, arguments=(2, 9)))
    assert "got 1 of 1" in str(fails(made, arguments=(1, 1)))


def test_operands_are_evaluated_from_left_to_right() -> None:
    value = op(op(a, "//", num(0)), "+", at(x, num(9)))
    assert fails(of(value), arguments=ARGUMENTS).kind is Kind.DIVISION
    value = op(at(x, num(9)), "+", op(a, "//", num(0)))
    assert fails(of(value), arguments=ARGUMENTS).kind is Kind.INDEX


def undefined() -> Expr:
    return compare(op(a, "//", num(0)), "==", num(0))


def chain(*operands: Expr) -> Expr:
    return Comparison(operands=operands, relations=(Relation.LT,) * (len(operands) - 1))


def deciding(condition: Expr) -> Function:
    """`f(a) = 1 if condition else 0`, as statements."""
    branches = {"then": (Return(value=num(1)),), "otherwise": (Return(value=num(0)),)}
    return kernel("f", {"a": WORD}, (If(test=condition, **branches),))


POSITIVE, NEGATIVE = compare(a, ">", num(0)), compare(a, "<", num(0))


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (either(POSITIVE, undefined()), 1),
        (both(NEGATIVE, undefined()), 0),
        (Conditional(test=POSITIVE, yes=TRUE, no=undefined()), 1),
        (Conditional(test=NEGATIVE, yes=undefined(), no=TRUE), 1),
        (chain(a, num(0), op(a, "//", num(0))), 0),
    ],
)
def test_what_is_decided_is_not_evaluated_further(condition: Expr, wanted: int) -> None:
    assert call(deciding(condition), arguments=(7,)) == wanted


@pytest.mark.parametrize(
    "condition",
    [
        either(NEGATIVE, undefined()),
        both(undefined(), NEGATIVE),
        Conditional(test=undefined(), yes=TRUE, no=TRUE),
        chain(num(0), a, op(a, "//", num(0))),
    ],
)
def test_what_is_open_is_evaluated(condition: Expr) -> None:
    assert fails(deciding(condition), arguments=(7,)).kind is Kind.DIVISION


def test_every_instance_of_a_quantifier_is_evaluated() -> None:
    """After the first that decides, too: the condition is to be defined throughout its range."""
    i = var("i", INT)
    decided = every("i", num(3), compare(op(num(5), "//", op(num(2), "-", i)), "<", num(0)))
    assert fails(of(a, ensures=(decided,)), arguments=ARGUMENTS).kind is Kind.DIVISION


def counting(low: Expr, high: Expr, invariant: Expr, step: Expr) -> Function:
    loop = For(
        variable="i",
        type=WORD,
        low=low,
        high=high,
        invariants=(clause(invariant),),
        body=(Assign(target="s", value=step),),
    )
    body = (Assign(target="s", value=num(0)), loop, Return(value=var("s")))
    return kernel("f", {"n": WORD}, body, locals={"s": WORD})


def test_for_loops() -> None:
    i, s = var("i"), var("s")
    holds = compare(op(num(2), "*", s), "==", op(i, "*", op(i, "-", num(1))))
    made = counting(num(0), n, holds, op(s, "+", i))
    assert call(made, arguments=(5,)) == 10
    assert call(made, arguments=(-5,)) == 0
    broken = counting(num(0), n, compare(s, "<", num(3)), op(s, "+", i))
    failure = fails(broken, arguments=(4,))
    assert (failure.kind, failure.goal) == (Kind.INVARIANT_PRESERVED, "s < 3")
    assert call(broken, arguments=(2,)) == 1
    before = counting(n, num(0), compare(i, ">=", num(0)), s)
    assert fails(before, arguments=(-1,)).kind is Kind.INVARIANT_INIT
    assert call(before, arguments=(9,)) == 0, "an empty loop: the invariant holds at its start"


def test_a_loop_variable_stays_in_its_type() -> None:
    narrow = IntType(range=Range(0, 9))
    loop = For(
        variable="i", type=narrow, low=num(0), high=n, invariants=(), body=(Assert(condition=TRUE),)
    )
    made = kernel("f", {"n": WORD}, (loop, Return(value=num(0))))
    assert call(made, arguments=(9,)) == 0
    failure = fails(made, arguments=(10,))
    assert (failure.kind, failure.goal) == (Kind.RANGE, "bound of i in 0..9")


def descent(step: Expr, variant: Expr, invariant: Expr = TRUE) -> Function:
    loop = While(
        test=compare(var("s"), "!=", num(0)),
        invariants=(clause(invariant),),
        variant=variant,
        body=(Assign(target="s", value=step),),
    )
    body = (Assign(target="s", value=n), loop, Return(value=var("s")))
    return kernel("f", {"n": WORD}, body, locals={"s": WORD})


def test_while_loops() -> None:
    s = var("s")
    assert call(descent(op(s, "//", num(2)), s), arguments=(9,)) == 0
    failure = fails(descent(op(s, "//", num(2)), s), arguments=(-9,))
    assert (failure.kind, failure.goal) == (Kind.VARIANT, "s >= 0")
    failure = fails(descent(op(s, "+", num(1)), s), arguments=(9,))
    assert (failure.kind, failure.goal) == (Kind.VARIANT, "s decreases")
    assert fails(descent(op(s, "-", num(1)), num(5)), arguments=(9,)).goal == "5 decreases"
    positive = compare(s, ">", num(0))
    assert fails(descent(s, s, positive), arguments=(0,)).kind is Kind.INVARIANT_INIT
    last = fails(descent(op(s, "-", num(1)), s, positive), arguments=(3,))
    assert last.kind is Kind.INVARIANT_PRESERVED, "the variant, which decreases, comes before it"


def test_endless_work_ends() -> None:
    s = var("s")
    made = program(counting(num(0), n, compare(s, ">=", num(0)), s))
    identity = FunctionId(module="made", name="f")
    with pytest.raises(StepLimit):
        Machine(made, limit=1000).call(identity, (10**12,))
    machine = Machine(made, limit=1000)
    for _ in range(10):
        assert machine.call(identity, (100,)) == 0, "each call has its own steps"
    with pytest.raises(StepLimit):
        call(of(a, ensures=(every("i", num(2**40), TRUE),)), arguments=ARGUMENTS)


def test_contracts() -> None:
    made = of(
        a,
        requires=(compare(a, ">", b), compare(n, "<", num(4))),
        ensures=(compare(result, ">", num(0)), compare(result, "<", num(8))),
    )
    assert call(made, arguments=ARGUMENTS) == 7
    with pytest.raises(NotAdmissibleError, match="f requires a > b"):
        call(made, arguments=(1, 2, 3, []))
    with pytest.raises(NotAdmissibleError, match="f requires n < 4"):
        call(made, arguments=(3, 2, 4, []))
    failure = fails(made, arguments=(8, 2, 3, []))
    assert (failure.kind, failure.goal) == (Kind.POSTCONDITION, "result < 8")
    assert "result = 8" in str(failure)


@pytest.mark.parametrize(
    "arguments",
    [
        (2**63, 0, 0, []),
        (True, 0, 0, []),
        (0, 0, 0, [0.5]),
        (0, 0, 0, 5),
        (0, 0, 0, [2**63]),
        (0, 0, 0),
        (Fraction(1), 0, 0, []),
    ],
)
def test_arguments_outside_their_types(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(NotAdmissibleError):
        call(of(a), arguments=arguments)


def test_a_condition_without_meaning_in_a_precondition_belongs_to_the_function() -> None:
    made = of(a, requires=(compare(at(x, num(0)), ">", num(0)),))
    assert fails(made, arguments=(1, 1, 1, [])).kind is Kind.INDEX


def halves(**rest: Any) -> Function:
    return kernel(
        "half",
        {"a": IntType(range=Range(0, 100))},
        (Return(value=op(a_of_half, "//", num(2))),),
        requires=(compare(op(a_of_half, "%", num(2)), "==", num(0)),),
        **rest,
    )


a_of_half = var("a", IntType(range=Range(0, 100)))


def calling(argument: Expr) -> Function:
    half = FunctionId(module="made", name="half")
    return kernel(
        "f",
        {"n": WORD},
        (Return(value=Call(function=half, arguments=(argument,), result=WORD)),),
    )


def test_calls() -> None:
    caller = calling(op(n, "+", num(1)))
    assert call(halves(), caller, arguments=(5,)) == 3
    failure = fails(halves(), caller, arguments=(100,))
    assert (failure.kind, failure.goal) == (Kind.RANGE, "argument a of half in 0..100")
    assert failure.function.name == "f"
    failure = fails(halves(), caller, arguments=(2,))
    assert (failure.kind, failure.goal) == (Kind.PRECONDITION, "half requires a % 2 == 0")
    assert failure.function.name == "f"


def test_a_failure_inside_a_callee_carries_its_name() -> None:
    wrong = halves(ensures=(compare(result, "==", num(0)),))
    failure = fails(wrong, calling(n), arguments=(4,))
    assert failure.function.name == "half" and failure.values == {"a": 4}


def test_calls_in_contracts_run_the_callee() -> None:
    half = FunctionId(module="made", name="half")
    spec = compare(Call(function=half, arguments=(n,), result=WORD), "==", result)
    made = kernel("f", {"n": WORD}, (Return(value=op(n, ">>", num(1))),), ensures=(spec,))
    assert call(halves(), made, arguments=(8,)) == 4
    assert fails(halves(), made, arguments=(7,)).kind is Kind.PRECONDITION


def test_lemmas_are_used_by_their_hypotheses() -> None:
    positive = lemma("positive", {"k": INT}, TRUE, requires=(compare(var("k", INT), ">", num(0)),))
    use = Use(lemma=FunctionId(module="made", name="positive"), arguments=(n,))
    made = kernel("f", {"n": WORD}, (use, Return(value=n)))
    assert call(positive, made, arguments=(1,)) == 1
    failure = fails(positive, made, arguments=(0,))
    assert (failure.kind, failure.goal) == (Kind.PRECONDITION, "positive requires k > 0")
    false = lemma("positive", {"k": INT}, compare(var("k", INT), "<", num(5)))
    failure = fails(false, made, arguments=(5,))
    assert failure.kind is Kind.POSTCONDITION and failure.function.name == "positive"


def test_assertions() -> None:
    body = (Assert(condition=compare(n, ">", num(0))), Return(value=n))
    failure = fails(kernel("f", {"n": WORD}, body), arguments=(0,))
    assert (failure.kind, failure.goal) == (Kind.ASSERTION, "n > 0")


def total(**rest: Any) -> Function:
    """`total(x, n) = total(x, n - 1) + x[n - 1] if n > 0 else 0`."""
    k = var("n", INT)
    step = op(k, "-", num(1))
    again = LogicCall(
        function=FunctionId(module="made", name="total"), arguments=(x, step), result=INT
    )
    value = Conditional(test=compare(k, ">", num(0)), yes=op(again, "+", at(x, step)), no=num(0))
    return logic(
        "total", {"x": INTS, "n": INT}, value, requires=(compare(k, "<=", length(x)),), **rest
    )


def summing(count: Expr) -> Function:
    applied = LogicCall(
        function=FunctionId(module="made", name="total"), arguments=(x, count), result=INT
    )
    return kernel(
        "f", {"x": INTS}, (Return(value=num(0)),), ensures=(compare(applied, "==", num(3)),)
    )


def test_recursive_specification_functions_are_unrolled() -> None:
    assert call(total(), summing(length(x)), arguments=([1, -2, 4],)) == 0
    assert fails(total(), summing(length(x)), arguments=([1],)).kind is Kind.POSTCONDITION
    assert fails(total(), summing(num(4)), arguments=([1],)).goal == "total requires n <= len(x)"
    assert call(total(), summing(length(x)), arguments=([0] * 1500 + [3],)) == 0
    assert call(total(), arguments=([1, 2, 3], 2)) == 3
    assert call(total(), arguments=([1, 2, 3], -2)) == 0


def test_unrolling_stays_inside_the_precondition() -> None:
    """`f(n)` needs no `f(0)` here, and `f(0)` has no value."""
    k = var("n", INT)
    again = LogicCall(
        function=FunctionId(module="made", name="steps"),
        arguments=(op(k, "-", num(1)),),
        result=INT,
    )
    more = Conditional(test=compare(k, ">", num(1)), yes=op(again, "+", num(1)), no=num(1))
    value = Conditional(test=compare(k, ">", num(0)), yes=more, no=op(num(1), "//", num(0)))
    steps = logic("steps", {"n": INT}, value, requires=(compare(k, "!=", num(0)),))
    assert call(steps, arguments=(4,)) == 4
    assert fails(steps, arguments=(-1,)).kind is Kind.DIVISION


def test_a_specification_function_stands_for_its_application() -> None:
    inverse = logic("inverse", {"k": INT}, op(num(100), "//", var("k", INT)))
    identity = FunctionId(module="made", name="inverse")
    applied = LogicCall(function=identity, arguments=(a,), result=INT)
    made = of(a, ensures=(compare(applied, "<", num(50)),))
    failure = fails(inverse, made, arguments=(0, 0, 0, []))
    assert (failure.kind, failure.function.name) == (Kind.DIVISION, "f")
    assert failure.place.text == "inverse(a)"


def test_written_parameters() -> None:
    k = var("k", IntType(range=Range(0, 10)))
    grown = compare(at(x, k), "==", op(at(Old(name="x", type=INTS), k), "+", num(1)))
    body = (
        Store(array="x", indices=(k,), value=op(at(x, k), "+", num(1))),
        Return(value=num(0)),
    )
    bump = kernel(
        "bump", {"x": INTS, "k": k.type}, body, requires=(compare(k, "<", length(x)),),
        ensures=(grown,),
    )  # fmt: skip
    bump = written(bump)
    values = [1, 2]
    assert call(bump, arguments=(values, 1)) == 0 and values == [1, 3]
    with pytest.raises(NotAdmissibleError):
        call(bump, arguments=((1, 2), 1))
    use = Call(function=bump.id, arguments=(var("y", INTS), num(0)), result=WORD)
    body = (
        Assign(target="y", value=Display(items=(num(5),), element=WORD)),
        Assign(target="z", value=use),
        Return(value=op(at(var("y", INTS), num(0)), "+", var("z"))),
    )
    caller = kernel("f", {}, body, locals={"y": INTS, "z": WORD})
    assert call(bump, caller) == 6


def written(function: Function) -> Function:
    from dataclasses import replace

    first, *others = function.parameters
    changed = Parameter(name=first.name, type=first.type, mode=Mode.WRITTEN)
    return replace(function, parameters=(changed, *others))


def test_rationals_of_lemmas() -> None:
    e = var("e", REAL)
    square = compare(op(e, "*", e), ">=", RealLiteral(value=Fraction(0)))
    made = lemma("square", {"e": REAL}, square)
    assert call(made, arguments=(Fraction(-1, 3),)) is True
    with pytest.raises(NotAdmissibleError):
        call(made, arguments=(3,))


def test_programs_are_not_recursive_in_python() -> None:
    """A long sum and a long chain of statements are no deep recursion."""
    body = tuple(Assign(target="s", value=op(var("s"), "+", num(1))) for _ in range(3000))
    made = kernel(
        "f",
        {},
        (Assign(target="s", value=num(0)), *body, Return(value=var("s"))),
        locals={"s": WORD},
    )
    assert call(made) == 3000

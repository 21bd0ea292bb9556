"""Each rule of well-formedness has a smallest program that breaks it, and a message for people."""

# ruff: noqa: E501  (the table of bad programs has a line for each)

from __future__ import annotations

from dataclasses import replace
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
from veriquant_proofs.core.errors import WellFormedError
from veriquant_proofs.core.syntax import (
    Assert,
    Assign,
    Call,
    Comparison,
    Conditional,
    Connective,
    Display,
    Expr,
    Extreme,
    Filled,
    For,
    Function,
    FunctionId,
    If,
    Junction,
    LogicCall,
    Mode,
    Negate,
    Old,
    Parameter,
    Pick,
    Program,
    Project,
    RealLiteral,
    Return,
    Statement,
    Store,
    TupleOf,
    Unpack,
    Use,
    While,
)
from veriquant_proofs.core.types import BOOL, INT, REAL, IntType, MatrixType, TupleType, Type
from veriquant_proofs.core.wellformed import MAX_DEPTH, check_function, check_program
from veriquant_spec.types import Range

a, x = var("a"), var("x", INTS)
i, result = var("i", INT), var("result")
MATRIX = MatrixType(element=U8)
PARAMETERS: dict[str, Type] = {"a": WORD, "x": INTS, "w": MATRIX}
LOCALS: dict[str, Type] = {
    "s": WORD,
    "t": WORD,
    "y": INTS,
    "z": INTS,
    "m": MATRIX,
    "pair": TupleType(items=(INTS, WORD)),
    "truth": BOOL,
}
s, t, y = var("s"), var("t"), var("y", INTS)
NEW = Display(items=(num(1),), element=WORD)
DONE = Return(value=num(0))


def ident(name: str) -> FunctionId:
    return FunctionId(module="made", name=name)


def f(*body: Statement, **rest: Any) -> Function:
    return kernel("f", PARAMETERS, body or (DONE,), locals=LOCALS, **rest)


def returns(value: Expr, kind: Type = WORD) -> Function:
    return f(Return(value=value), result=kind)


def specified(condition: Expr, **rest: Any) -> Function:
    return f(ensures=(condition,), **rest)


def refused(*functions: Function) -> str:
    with pytest.raises(WellFormedError) as caught:
        check_program(program(*functions))
    assert str(caught.value).startswith(f"{caught.value.file}:{caught.value.place.line}:")
    return caught.value.message


def loop(*body: Statement, variable: str = "k", invariant: Expr = TRUE) -> For:
    return For(
        variable=variable,
        type=WORD,
        low=num(0),
        high=a,
        invariants=(clause(invariant),),
        body=body or (Assert(condition=TRUE),),
    )


def wloop(*body: Statement, variant: Expr = a) -> While:
    return While(test=compare(a, ">", num(0)), invariants=(), variant=variant, body=body)


def helper(**rest: Any) -> Function:
    return kernel("g", {"k": WORD}, (Return(value=var("k")),), **rest)


def g(argument: Expr) -> Call:
    return Call(function=ident("g"), arguments=(argument,), result=WORD)


def writer(count: int = 1) -> Function:
    names = ["u", "v"][:count]
    made = kernel("g", dict.fromkeys(names, INTS), (DONE,))
    first, *others = made.parameters
    return replace(made, parameters=(replace(first, mode=Mode.WRITTEN), *others))


def gw(*arguments: Expr) -> Call:
    return Call(function=ident("g"), arguments=arguments, result=WORD)


def half() -> Function:
    return logic("half", {"k": INT}, op(var("k", INT), "//", num(2)))


def h(argument: Expr) -> LogicCall:
    return LogicCall(function=ident("half"), arguments=(argument,), result=INT)


IF = compare(a, ">", num(0))
VERY_LARGE = 1 << 9000


def test_what_is_assigned_on_one_path_alone_may_not_be_read() -> None:
    sets = (Assign(target="s", value=a),)
    for branches in ({"then": sets}, {"then": (), "otherwise": sets}):
        message = refused(f(If(test=IF, **branches), Return(value=s)))
        assert message.startswith("`s` may be read before it is assigned")
    for branches in ({"then": sets, "otherwise": (DONE,)}, {"then": (DONE,), "otherwise": sets}):
        check_program(program(f(If(test=IF, **branches), Return(value=s))))


def test_what_is_well_formed_passes() -> None:
    body = (
        Assign(target="y", value=NEW),
        If(
            test=IF,
            then=(Assign(target="s", value=num(1)),),
            otherwise=(Assign(target="s", value=num(2)),),
        ),
        loop(
            Assign(target="t", value=op(var("k"), "+", s)), Store(array="y", indices=(s,), value=t)
        ),
        Unpack(targets=("z", "t"), value=TupleOf(items=(Display(items=(s,), element=WORD), s))),
        Assign(target="t", value=gw(var("z", INTS))),
        If(test=IF, then=(Return(value=y),), otherwise=(Return(value=var("z", INTS)),)),
    )
    ensures = (every("i", length(x), compare(at(x, i), "==", h(at(x, i)))),)
    check_program(program(half(), writer(), f(*body, result=INTS, ensures=ensures)))


BAD: list[tuple[str, tuple[Function, ...], str]] = [
    # names
    ("reserved name", (kernel("f", {"result": WORD}, (DONE,)),), "`result` is the result"),
    ("local hides parameter", (kernel("f", {"a": WORD}, (DONE,), locals={"a": WORD}),), "`a` hides"),
    ("loop variable hides", (f(loop(variable="s"), DONE),), "`s` hides another variable"),
    ("two loops of one variable", (f(loop(), loop(), DONE),), "`k` hides another variable"),
    ("parameter hidden by a binder", (specified(every("a", a, TRUE)),), "`a` hides"),
    ("local hides binder", (specified(every("s", a, TRUE)),), "`s` hides another variable"),
    ("two binders", (specified(both(every("i", a, TRUE), every("i", a, TRUE))),), "`i` hides"),
    ("unknown name", (returns(var("q")),), "name `q`"),
    ("another type", (returns(var("a", U8)),), "`a` is int[-2**63..2**63-1], not int[0..255]"),
    # initialization and scopes
    ("never assigned", (returns(s),), "`s` may be read before it is assigned, or after its loop"),
    ("one branch", (f(If(test=IF, then=(Assign(target="s", value=a),)), Return(value=s)),),
     "`s` may be read before"),
    ("after its loop", (f(loop(Assign(target="s", value=a)), Return(value=s)),),
     "`s` may be read before it is assigned, or after its loop"),
    ("after a while", (f(wloop(Assign(target="s", value=a)), Return(value=s)),), "`s` may be read"),
    ("made by the body, read at its head", (f(loop(Assign(target="s", value=a),
     invariant=compare(s, ">", num(0))), DONE),), "`s` may be read before"),
    ("loop variable afterwards", (f(loop(), Return(value=var("k"))),), "name `k`"),
    ("store before it is made", (f(Store(array="y", indices=(a,), value=a), DONE),),
     "`y` may be read before"),
    ("local in a contract", (specified(compare(s, ">", a)),), "`s` may be read before"),
    ("result in a precondition", (f(requires=(compare(result, ">", a),)),), "name `result`"),
    ("result in the body", (returns(result),), "name `result`"),
    # control flow
    ("no return", (f(Assign(target="s", value=a)),), "f may end without a return"),
    ("no body", (kernel("f", {}, ()),), "f may end without a return"),
    ("a branch without return", (f(If(test=IF, then=(DONE,))),), "f may end without a return"),
    ("return in a loop only", (f(loop(DONE)),), "f may end without a return"),
    ("after a return", (f(DONE, DONE),), "a statement that nothing reaches"),
    ("after two returns", (f(If(test=IF, then=(DONE,), otherwise=(DONE,)), DONE),),
     "a statement that nothing reaches"),
    # assignment
    ("parameter assigned", (f(Assign(target="a", value=a), DONE),),
     "parameter `a` is mutated: copy it into a new list"),
    ("parameter stored into", (f(Store(array="x", indices=(a,), value=a), DONE),),
     "parameter `x` is mutated: copy it into a new list"),
    ("loop variable assigned", (f(loop(Assign(target="k", value=a)), DONE),),
     "loop variable `k` is assigned"),
    ("no such local", (f(Assign(target="q", value=a), DONE),), "`q` is no local variable"),
    ("another shape", (f(Assign(target="s", value=compare(a, "<", a)), DONE),),
     "`s` is int[-2**63..2**63-1], not bool"),
    ("too few targets", (f(Unpack(targets=("s",), value=TupleOf(items=(a, a))), DONE),),
     "tuple assignment needs a tuple of 1"),
    ("no tuple", (f(Unpack(targets=("s", "t"), value=a), DONE),), "tuple assignment needs a tuple"),
    ("store into a number", (f(Assign(target="s", value=a), Store(array="s", indices=(a,), value=a),
     DONE),), "store into `s`"),
    ("a row replaced", (f(Assign(target="m", value=Filled(value=num(0), count=a, width=a,
     element=U8)), Store(array="m", indices=(a,), value=a), DONE),), "rows are not replaced"),
    ("a truth value stored", (f(Assign(target="y", value=NEW), Store(array="y", indices=(a,),
     value=TRUE), DONE),), "`True` is not an integer"),
    # aliases
    ("second name", (f(Assign(target="y", value=NEW), Assign(target="z", value=y), DONE),),
     "`z` would alias `y`"),
    ("parameter named", (f(Assign(target="y", value=x), DONE),), "`y` would alias `x`"),
    ("row named", (f(Assign(target="y", value=at(var("w", MATRIX), a)), DONE),),
     "`y` would alias `w[a]`"),
    ("item of a tuple", (f(Assign(target="pair", value=TupleOf(items=(NEW, a))), Assign(target="y",
     value=Project(tuple=var("pair", LOCALS["pair"]), index=0)), DONE),), "`y` would alias `pair[0]`"),
    ("tuple around a name", (f(Assign(target="pair", value=TupleOf(items=(x, a))), DONE),),
     "`pair` would alias `(x, a)`"),
    ("unpacked name", (f(Unpack(targets=("y", "s"), value=TupleOf(items=(x, a))), DONE),),
     "`y` would alias `x`"),
    ("parameter returned", (returns(x, INTS),), "result aliases parameter `x`: copy it"),
    ("row returned", (returns(at(var("w", MATRIX), a), BYTES),), "result aliases `w[a]`"),
    ("returned twice", (f(Assign(target="y", value=NEW), Return(value=TupleOf(items=(y, y))),
     result=TupleType(items=(INTS, INTS))),), "result holds `y` twice"),
    ("read-only argument written", (writer(), f(Assign(target="s", value=gw(x)), DONE)),
     "`x` is written by g"),
    ("written twice", (writer(2), f(Assign(target="y", value=NEW), Assign(target="s",
     value=gw(y, y)), DONE)), "`y` is written and passed a second time"),
    ("written inside an expression", (writer(), f(Assign(target="y", value=NEW), Assign(target="s",
     value=op(gw(y), "+", a)), DONE)), "g writes its arguments: a statement of its own"),
    ("written number", (replace(helper(), parameters=(Parameter(name="k", type=WORD,
     mode=Mode.WRITTEN),)),), "written parameter `k` is no array"),
    # modes
    ("specification function in code", (half(), returns(h(a))),
     "specification function `half` in executable code"),
    ("quantifier in code", (f(If(test=every("i", a, TRUE), then=(DONE,), otherwise=(DONE,))),),
     "`all` in executable code"),
    ("old value in code", (returns(Old(name="a", type=WORD)),), "`OLD.a`: only of written"),
    ("old value of what is only read", (specified(compare(at(Old(name="x", type=INTS), a), ">", a)),),
     "`OLD.x`: only of written parameters, in postconditions"),
    ("new list in a contract", (specified(compare(length(NEW), ">", a)),), "a new list in a condition"),
    ("rational in code", (f(If(test=compare(RealLiteral(value=Fraction(1)), "<", RealLiteral(
     value=Fraction(2))), then=(DONE,), otherwise=(DONE,))),), "rationals in executable code"),
    ("rational parameter", (kernel("f", {"a": REAL}, (DONE,)),), "rationals in executable code"),
    ("lemma called", (lemma("l", {}, TRUE), f(Assign(target="truth", value=Call(
     function=ident("l"), arguments=(), result=BOOL)), DONE)), "lemma `l` is used by `assert` alone"),
    ("kernel used as lemma", (helper(), f(Use(lemma=ident("g"), arguments=(a,)), DONE)),
     "g is no lemma"),
    ("kernel applied as specification", (helper(), specified(compare(LogicCall(function=ident("g"),
     arguments=(a,), result=WORD), ">", a))), "kernel `g` is no logic"),
    # types
    ("no range", (kernel("f", {"a": INT}, (DONE,)),), "parameter `a` of f has no range"),
    ("beyond the word", (kernel("f", {"a": IntType(range=Range(0, 2**64))}, (DONE,)),),
     "parameter `a`: range 0..2**64 exceeds the machine word"),
    ("local without range", (kernel("f", {}, (DONE,), locals={"s": INT}),), "`s` of f has no range"),
    ("result without range", (kernel("f", {}, (DONE,), result=INT),), "result of f has no range"),
    ("elements without range", (returns(Display(items=(a,), element=INT), INTS),), "exceeds the word"),
    ("bounds that are no integers", (kernel("f", {"a": IntType(range=Range(0.5, 7))}, (DONE,)),),  # type: ignore[arg-type]
     "a range needs two integers, the lower one first"),
    ("bounds the wrong way round", (kernel("f", {"a": IntType(range=Range(7, 0))}, (DONE,)),),
     "a range needs two integers"),
    ("literal beyond the word", (returns(op(a, "+", num(2**63))),), "is no number of the machine word"),
    ("number too large", (specified(compare(a, "<", num(VERY_LARGE))),), "more than 8192 bits"),
    ("no machine word", (kernel("f", {}, (DONE,), word=None),), "f has no machine word"),
    # shapes
    ("number as condition", (f(If(test=a, then=(DONE,), otherwise=(DONE,))),), "a condition must be"),
    ("number as contract", (specified(a),), "a condition must be a comparison or a Boolean"),
    ("truth value added", (returns(op(a, "+", TRUE)),), "operator `+`"),
    ("integer division by /", (specified(compare(op(a, "/", a), ">", a)),), "operator `/` on integers"),
    ("lists compared", (specified(compare(x, "==", x)),), "comparison `x == x` of sequence"),
    ("truth values ordered", (specified(compare(TRUE, "<", TRUE)),), "comparison `True < True`"),
    ("index of a number", (returns(at(a, a)),), "an element of int"),
    ("choice of lists", (f(Assign(target="y", value=Conditional(test=IF, yes=x, no=x)), DONE),),
     "a choice between"),
    ("least of truth values", (specified(Extreme(pick=Pick.MIN, operands=(TRUE, TRUE))),),
     "is not a number"),
    ("one operand", (specified(Connective(junction=Junction.AND, operands=(TRUE,))),), "2 operands"),
    ("relations do not match", (replace(f(), ensures=(clause(Comparison(operands=(a, a),
     relations=())),)),), "comparison"),
    ("wrong result", (returns(TRUE),), "result is bool, expected int"),
    ("no such item", (returns(Project(tuple=TupleOf(items=(a,)), index=1)),), "item 1 of"),
    ("filled with a variable", (f(Assign(target="y", value=Filled(value=a, count=a, element=WORD)),
     DONE),), "a new list is filled with a literal"),
    ("variant of another type", (f(wloop(DONE, variant=TRUE), DONE),), "variant `True` is no integer"),
    ("loop over truth values", (f(replace(loop(), high=TRUE), DONE),), "`True` is not an integer"),
    ("too many arguments", (helper(), returns(Call(function=ident("g"), arguments=(a, a),
     result=WORD))), "call of g: positional arguments, all of them"),
    ("argument of another shape", (helper(), returns(g(TRUE))), "argument k of g is bool"),
    ("another result", (helper(), returns(Call(function=ident("g"), arguments=(a,), result=U8), U8)),
     "g returns"),
    ("unknown function", (returns(g(a)),), "made.g is not among the functions that are read"),
    # contracts and roles
    ("nothing promised", (f(Return(value=TRUE), result=BOOL, ensures=()),),
     "f has no postcondition to prove"),
    ("nothing stated", (lemma("l", {}),), "l states nothing"),
    ("lemma returns something", (lemma("l", {}, TRUE, body=(Return(value=compare(num(1), "<",
     num(2))),)),), "a lemma returns True"),
    ("lemma of another type", (lemma("l", {}, TRUE, body=(DONE,), result=INT),), "a lemma returns True"),
    ("value and body", (logic("l", {}, num(1), locals={"s": INT}),), "is one return"),
    ("specification with postcondition", (logic("l", {}, num(1), ensures=(TRUE,)),), "neither post"),
    ("value of another type", (logic("l", {}, TRUE),), "l gives bool, not int"),
    ("range promised by a specification function", (logic("l", {"k": INT}, var("k", INT), result=U8),),
     "l gives int, not int[0..255]"),
    ("kernel with a value", (replace(f(), value=num(1)),), "a body, not a value"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "functions", "message"), BAD, ids=[n for n, _, _ in BAD])
def test_refused(name: str, functions: tuple[Function, ...], message: str) -> None:
    assert message in refused(*functions)


# ------------------------------------------------------------------ recursion


def sum_to(value: Expr, **rest: Any) -> Function:
    return logic("sum_to", {"k": INT, "n": INT}, value, **rest)


k, n = var("k", INT), var("n", INT)


def again(*arguments: Expr) -> LogicCall:
    return LogicCall(function=ident("sum_to"), arguments=arguments, result=INT)


STEP = again(k, op(n, "-", num(1)))
DOWN = compare(n, ">", num(0))


def test_recursion_of_specification_functions() -> None:
    check_program(program(sum_to(Conditional(test=DOWN, yes=op(STEP, "+", n), no=k))))


@pytest.mark.parametrize(
    "value",
    [
        STEP,
        Conditional(test=compare(n, ">=", num(0)), yes=STEP, no=k),
        Conditional(test=compare(k, ">", num(0)), yes=STEP, no=k),
        Conditional(test=DOWN, yes=STEP, no=STEP),
        Conditional(test=DOWN, yes=again(k, n), no=k),
        Conditional(test=DOWN, yes=again(k, op(n, "-", num(2))), no=k),
        Conditional(test=DOWN, yes=again(op(k, "+", num(1)), op(n, "-", num(1))), no=k),
        Conditional(test=DOWN, yes=again(STEP, op(n, "-", num(1))), no=k),
        Negate(operand=STEP),
    ],
)
def test_recursion_that_may_not_end(value: Expr) -> None:
    wanted = "recursion must be `sum_to(k, n - 1)`, if n > 0"
    assert wanted in refused(sum_to(value))


def test_recursion_on_anything_but_an_integer() -> None:
    apply = LogicCall(function=ident("l"), arguments=(x,), result=INT)
    message = refused(logic("l", {"x": INTS}, apply))
    assert message == "l: recursion on anything but an integer"


def test_recursion_in_its_own_contract() -> None:
    value = Conditional(test=DOWN, yes=STEP, no=k)
    assert "sum_to in its own contract" in refused(
        sum_to(value, requires=(compare(again(k, n), ">", num(0)),))
    )


def test_recursion_of_kernels() -> None:
    own = Call(function=ident("f"), arguments=(a, x, var("w", MATRIX)), result=WORD)
    assert "recursion" in refused(returns(own))
    assert "recursion" in refused(specified(compare(own, ">", a)))
    first = kernel("first", {"a": WORD}, (Return(value=Call(function=ident("g"), arguments=(a,),
                   result=WORD)),))  # fmt: skip
    back = kernel("g", {"a": WORD}, (Return(value=Call(function=ident("first"), arguments=(a,),
                  result=WORD)),))  # fmt: skip
    assert refused(first, back) == "g leads back to first: recursion"


def test_callees_come_first() -> None:
    assert refused(returns(g(a)), helper()) == "made.g stands after its caller made.f"


def test_functions_are_filed_under_their_ids() -> None:
    with pytest.raises(WellFormedError, match="is filed as"):
        check_program(Program(functions={ident("other"): helper()}))


# ------------------------------------------------------------------ depth


def test_deep_nesting_is_a_message() -> None:
    def sum_of(count: int) -> Expr:
        total: Expr = a
        for _ in range(count):
            total = op(total, "+", a)
        return total

    check_program(program(returns(sum_of(MAX_DEPTH - 10))))
    assert "nested more than" in str(refused(replace(f(), body=(Return(value=sum_of(5000)),))))


def test_one_function_can_be_checked_alone() -> None:
    made = program(helper(), returns(g(a)))
    check_function(made, made[ident("f")])

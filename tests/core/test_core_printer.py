"""The printer shows every construct, with the parentheses that Python needs and no others."""

from __future__ import annotations

import ast
from fractions import Fraction

import pytest

from core_programs import (
    INTS,
    U8,
    at,
    both,
    clause,
    compare,
    either,
    every,
    kernel,
    length,
    logic,
    num,
    op,
    var,
)
from veriquant_proofs.core.printer import show, show_function, show_value
from veriquant_proofs.core.syntax import (
    Absolute,
    Assert,
    Assign,
    Call,
    Comparison,
    Conditional,
    Display,
    Expr,
    Extreme,
    Filled,
    For,
    FunctionId,
    If,
    LogicCall,
    Negate,
    Not,
    Old,
    Pick,
    Project,
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
from veriquant_proofs.core.types import INT, MatrixType, TupleType

a, b, c, x = var("a"), var("b"), var("c"), var("x", INTS)
F = FunctionId(module="made", name="f")

SHOWN: list[tuple[Expr, str]] = [
    (op(op(a, "+", b), "*", c), "(a + b) * c"),
    (op(a, "+", op(b, "*", c)), "a + b * c"),
    (op(a, "-", op(b, "-", c)), "a - (b - c)"),
    (op(op(a, "-", b), "-", c), "a - b - c"),
    (op(op(a, "&", b), "|", op(c, "<<", num(2))), "a & b | c << 2"),
    (op(op(a, "|", b), "&", c), "(a | b) & c"),
    (op(a, "%", num(-3)), "a % -3"),
    (Negate(operand=op(a, "+", b)), "-(a + b)"),
    (op(Negate(operand=a), "//", b), "-a // b"),
    (Absolute(operand=op(a, "^", b)), "abs(a ^ b)"),
    (Extreme(pick=Pick.MAX, operands=(a, b, c)), "max(a, b, c)"),
    (ToReal(operand=a), "Fraction(a)"),
    (RealLiteral(value=Fraction(1, 3)), "Fraction(1, 3)"),
    (Comparison(operands=(a, b, c), relations=(Relation.LT, Relation.LE)), "a < b <= c"),
    (compare(compare(a, "<", b), "==", compare(b, "<", c)), "(a < b) == (b < c)"),
    (both(either(compare(a, "<", b), compare(b, "<", c)), compare(a, "!=", c)),
     "(a < b or b < c) and a != c"),
    (either(both(compare(a, "<", b), compare(b, "<", c)), Not(operand=compare(a, ">=", c))),
     "a < b and b < c or not a >= c"),
    (Not(operand=both(compare(a, "<", b), compare(b, ">", c))), "not (a < b and b > c)"),
    (op(Conditional(test=compare(a, "<", b), yes=a, no=b), "+", c), "(a if a < b else b) + c"),
    (TupleOf(items=(a,)), "(a,)"),
    (Project(tuple=var("t", TupleType(items=(INT, INT))), index=1), "t[1]"),
    (at(x, op(length(x), "-", num(1))), "x[len(x) - 1]"),
    (Display(items=(a, num(2)), element=U8), "[a, 2]"),
    (Filled(value=num(0), count=op(a, "+", b), element=U8), "[0] * (a + b)"),
    (Filled(value=num(0), count=a, width=b, element=U8), "[[0] * b for _ in range(a)]"),
    (Call(function=F, arguments=(a, b), result=U8), "f(a, b)"),
    (LogicCall(function=F, arguments=(), result=INT), "f()"),
    (every("i", length(x), compare(at(x, var("i", INT)), ">", num(0))),
     "all(x[i] > 0 for i in range(0, len(x)))"),
]  # fmt: skip


@pytest.mark.parametrize(("expr", "text"), SHOWN, ids=[t for _, t in SHOWN])
def test_expressions(expr: Expr, text: str) -> None:
    assert show(expr) == text
    if " for " not in text:  # there, `unparse` writes parentheses that nobody needs
        assert ast.unparse(ast.parse(text, mode="eval")) == text


def test_old_values() -> None:
    assert show(compare(at(Old(name="x", type=INTS), a), "==", a)) == "OLD.x[a] == a"


def test_every_statement_is_shown() -> None:
    loop = For(
        variable="i",
        type=INT,
        low=num(0),
        high=a,
        invariants=(clause(compare(b, ">=", num(0))),),
        body=(Store(array="m", indices=(var("i", INT), num(0)), value=b),),
    )
    descent = While(
        test=compare(b, ">", num(0)),
        invariants=(),
        variant=b,
        body=(Assign(target="b", value=op(b, "-", num(1))),),
    )
    body = (
        Unpack(targets=("b", "c"), value=TupleOf(items=(a, num(1)))),
        If(test=compare(a, "<", b), then=(Assert(condition=compare(a, "<", b)),), otherwise=()),
        If(test=compare(a, "<", b), then=(), otherwise=(Use(lemma=F, arguments=(a,)),)),
        loop,
        descent,
        Return(value=b),
    )
    made = kernel(
        "g",
        {"a": U8},
        body,
        result=U8,
        requires=(compare(a, ">", num(0)),),
        ensures=(compare(var("result", U8), "==", num(0)),),
        locals={"b": U8, "c": U8, "m": MatrixType(element=U8)},
    )
    lines = show_function(made).splitlines()
    assert lines == [
        "kernel made.g(a: int[0..255]) -> int[0..255]:  # word -2**63..2**63-1, int",
        "    requires a > 0",
        "    ensures result == 0",
        "    local b: int[0..255]",
        "    local c: int[0..255]",
        "    local m: matrix of int[0..255]",
        "    b, c = (a, 1)",
        "    if a < b:",
        "        assert a < b",
        "    if a < b:",
        "        pass",
        "    else:",
        "        use f(a)",
        "    for i in range(0, a):",
        "        invariant b >= 0",
        "        m[i][0] = b",
        "    while b > 0:",
        "        variant b",
        "        b = b - 1",
        "    return b",
    ]
    assert show_function(logic("h", {"a": INT}, a)).splitlines() == [
        "logic made.h(a: int) -> int:",
        "    value a",
    ]


def test_values_of_any_size_are_shown() -> None:
    assert show_value([(1,), [True, Fraction(1, 2)]]) == "[(1,), [True, Fraction(1, 2)]]"
    assert show_value([10**5000], 20).startswith("[0x")
    assert len(show_value(list(range(1000)), 50)) == 50

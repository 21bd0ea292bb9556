"""Core programs built by hand, with places whose text is the construct's own."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from veriquant_proofs.core.printer import show
from veriquant_proofs.core.syntax import (
    Binary,
    Binder,
    BoolLiteral,
    Clause,
    Comparison,
    Connective,
    Element,
    Expr,
    Function,
    FunctionId,
    IntLiteral,
    Junction,
    Length,
    Local,
    Operator,
    Parameter,
    Place,
    Program,
    Quantified,
    Quantor,
    Relation,
    Return,
    Role,
    Statement,
    Variable,
)
from veriquant_proofs.core.types import INT, IntType, SequenceType, Type
from veriquant_spec.types import INT64, Range

U8 = IntType(range=Range(0, 255))
WORD = IntType(range=INT64)
BYTES = SequenceType(element=U8)
INTS = SequenceType(element=WORD)

RELATIONS = {r.value: r for r in Relation}
OPERATORS = {o.value: o for o in Operator}


def var(name: str, kind: Type = WORD) -> Variable:
    return Variable(name=name, type=kind)


def num(value: int) -> IntLiteral:
    return IntLiteral(value=value)


def op(left: Expr, symbol: str, right: Expr) -> Binary:
    return Binary(left=left, operator=OPERATORS[symbol], right=right)


def compare(left: Expr, symbol: str, right: Expr) -> Comparison:
    return Comparison(operands=(left, right), relations=(RELATIONS[symbol],))


def both(*operands: Expr) -> Connective:
    return Connective(junction=Junction.AND, operands=operands)


def either(*operands: Expr) -> Connective:
    return Connective(junction=Junction.OR, operands=operands)


def at(array: Expr, index: Expr) -> Element:
    return Element(array=array, index=index)


def length(array: Expr) -> Length:
    return Length(array=array)


def every(name: str, high: Expr, body: Expr, low: Expr | None = None) -> Quantified:
    binder = Binder(name=name, low=num(0) if low is None else low, high=high)
    return Quantified(quantor=Quantor.ALL, binders=(binder,), body=body)


def clause(condition: Expr) -> Clause:
    return Clause(condition=condition)


TRUE = BoolLiteral(value=True)


def kernel(
    name: str,
    parameters: dict[str, Type],
    body: tuple[Statement, ...],
    *,
    result: Type = WORD,
    requires: tuple[Expr, ...] = (),
    ensures: tuple[Expr, ...] = (TRUE,),
    locals: dict[str, Type] | None = None,
    word: Range | None = INT64,
    role: Role = Role.KERNEL,
    value: Expr | None = None,
) -> Function:
    """A function whose lines are numbered in the order of its nodes; see `placed`."""
    return placed(
        Function(
            id=FunctionId(module="made", name=name),
            role=role,
            parameters=tuple(Parameter(name=n, type=t) for n, t in parameters.items()),
            result=result,
            requires=tuple(map(clause, requires)),
            ensures=tuple(map(clause, ensures)),
            locals=tuple(Local(name=n, type=t) for n, t in (locals or {}).items()),
            body=body,
            value=value,
            word=word,
            file=Path("made.py"),
            text=name,
        )
    )


def logic(name: str, parameters: dict[str, Type], value: Expr, **rest: Any) -> Function:
    """A specification function."""
    return kernel(
        name,
        parameters,
        (),
        **{"result": INT, "ensures": (), "word": None, "role": Role.LOGIC, **rest},
        value=value,
    )


def lemma(name: str, parameters: dict[str, Type], *statement: Expr, **rest: Any) -> Function:
    """A lemma whose body proves nothing."""
    from veriquant_proofs.core.types import BOOL

    given = {"body": (Return(value=TRUE),), "result": BOOL, "word": None, **rest}
    return kernel(name, parameters, given.pop("body"), ensures=statement, role=Role.LEMMA, **given)


def program(*functions: Function) -> Program:
    return Program(functions={f.id: f for f in functions})


def placed(function: Function) -> Function:
    """Every node on a line of its own, its text what the printer shows."""
    counter = [0]

    def place(node: Any) -> Any:
        if type(node) is tuple:
            return tuple(place(part) for part in node)
        if (
            not hasattr(node, "__dataclass_fields__")
            or type(node).__module__ != Function.__module__
        ):
            return node
        if isinstance(node, FunctionId | Place | Parameter | Local):
            return node
        changes: dict[str, Any] = {}
        if hasattr(node, "place"):
            counter[0] += 1
            changes["place"] = Place(line=counter[0], column=1, text=text(node))
        for entry in fields(node):
            if entry.name not in ("place", "file"):
                changes[entry.name] = place(getattr(node, entry.name))
        return replace(node, **changes)

    placed_function: Function = place(function)
    return placed_function


def text(node: Any) -> str:
    if isinstance(node, Clause):
        return show(node.condition)
    if isinstance(node, Statement):
        from veriquant_proofs.core.printer import show_statement

        return show_statement(node).splitlines()[0]
    return node.text if isinstance(node, Function) else show(node)

"""Readable text of core expressions, statements, functions and values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from veriquant_proofs.core.syntax import (
    Absolute,
    Assert,
    Assign,
    Binary,
    BoolLiteral,
    Call,
    Clause,
    Comparison,
    Conditional,
    Connective,
    Display,
    Element,
    Expr,
    Extreme,
    Filled,
    For,
    Function,
    If,
    IntLiteral,
    Junction,
    Length,
    LogicCall,
    Mode,
    Negate,
    Not,
    Old,
    Operator,
    Parameter,
    Project,
    Quantified,
    RealLiteral,
    Return,
    Statement,
    Store,
    ToReal,
    TupleOf,
    Unpack,
    Use,
    Variable,
    While,
)

INDENT = "    "

#: Longest text of a value in a message.
SHOWN = 400

#: Integers of more bits are shown in hexadecimal: Python refuses over 4,300 decimal digits.
DECIMAL_BITS = 1024

# How tightly a construct binds, as in Python: a part that binds less tightly is put in parentheses.
CONDITIONAL, OR, AND, NOT, COMPARISON, UNARY, POSTFIX, ATOM = 1, 2, 3, 4, 5, 12, 14, 15

BINDING: dict[Operator, int] = {
    Operator.BIT_OR: 6,
    Operator.BIT_XOR: 7,
    Operator.BIT_AND: 8,
    Operator.SHIFT_LEFT: 9,
    Operator.SHIFT_RIGHT: 9,
    Operator.ADD: 10,
    Operator.SUB: 10,
    Operator.MUL: 11,
    Operator.FLOOR_DIV: 11,
    Operator.MOD: 11,
    Operator.TRUE_DIV: 11,
}


def show(expr: Expr) -> str:
    """An expression on one line, as Python would write it (`Old` as `OLD.name`)."""
    return _shown(expr)[0]


def _at(expr: Expr, least: int) -> str:
    """The text of a part that must bind at least so tightly."""
    text, binding = _shown(expr)
    return text if binding >= least else f"({text})"


def _list(items: Sequence[Expr]) -> str:
    return ", ".join(_at(item, CONDITIONAL) for item in items)


def _shown(expr: Expr) -> tuple[str, int]:
    """The text, and how tightly it binds."""
    match expr:
        case IntLiteral(value=value):
            return show_value(value), ATOM if value >= 0 else UNARY
        case RealLiteral(value=fraction):
            return show_value(fraction), ATOM
        case BoolLiteral(value=truth):
            return str(truth), ATOM
        case Variable(name=name):
            return name, ATOM
        case Old(name=name):
            return f"OLD.{name}", ATOM
        case Binary(operator=operator, left=left, right=right):
            binding = BINDING[operator]
            return f"{_at(left, binding)} {operator.value} {_at(right, binding + 1)}", binding
        case Negate(operand=operand):
            return f"-{_at(operand, UNARY)}", UNARY
        case Absolute(operand=operand):
            return f"abs({show(operand)})", ATOM
        case Extreme(pick=pick, operands=operands):
            return f"{pick.value}({_list(operands)})", ATOM
        case ToReal(operand=operand):
            return f"Fraction({show(operand)})", ATOM
        case Comparison(operands=operands, relations=relations):
            first, *others = [_at(o, COMPARISON + 1) for o in operands]
            links = zip(relations, others, strict=True)
            return first + "".join(f" {r.value} {text}" for r, text in links), COMPARISON
        case Connective(junction=junction, operands=operands):
            binding = AND if junction is Junction.AND else OR
            return f" {junction.value} ".join(_at(o, binding + 1) for o in operands), binding
        case Not(operand=operand):
            return f"not {_at(operand, NOT)}", NOT
        case Conditional(test=test, yes=yes, no=no):
            text = f"{_at(yes, OR)} if {_at(test, OR)} else {_at(no, CONDITIONAL)}"
            return text, CONDITIONAL
        case TupleOf(items=items):
            return f"({_list(items)}{',' if len(items) == 1 else ''})", ATOM
        case Project(tuple=whole, index=position):
            return f"{_at(whole, POSTFIX)}[{position}]", POSTFIX
        case Length(array=array):
            return f"len({show(array)})", ATOM
        case Element(array=array, index=index):
            return f"{_at(array, POSTFIX)}[{show(index)}]", POSTFIX
        case Display(items=items):
            return f"[{_list(items)}]", ATOM
        case Filled(value=value, count=count, width=None):
            binding = BINDING[Operator.MUL]
            return f"[{show(value)}] * {_at(count, binding + 1)}", binding
        case Filled(value=value, count=count, width=width):
            assert width is not None
            row = f"[{show(value)}] * {_at(width, BINDING[Operator.MUL] + 1)}"
            return f"[{row} for _ in range({show(count)})]", ATOM
        case (
            Call(function=identity, arguments=arguments)
            | LogicCall(function=identity, arguments=arguments)
        ):
            return f"{identity.name}({_list(arguments)})", ATOM
        case Quantified(quantor=quantor, binders=binders, body=body):
            ranges = " ".join(
                f"for {b.name} in range({show(b.low)}, {show(b.high)})" for b in binders
            )
            return f"{quantor.value}({_at(body, OR)} {ranges})", ATOM


def show_function(function: Function) -> str:
    """A function with its contract and body: parameters and locals with their types."""
    return "\n".join(_function(function)) + "\n"


def show_statement(statement: Statement) -> str:
    """A statement, with everything inside it."""
    return "\n".join(_statement(statement, ""))


def _function(function: Function) -> Iterator[str]:
    parameters = ", ".join(_parameter(p) for p in function.parameters)
    word = "" if function.word is None else f"  # word {function.word}, {function.theory.value}"
    yield f"{function.role.value} {function.id}({parameters}) -> {function.result}:{word}"
    for clause in function.requires:
        yield f"{INDENT}requires {_clause(clause)}"
    for clause in function.ensures:
        yield f"{INDENT}ensures {_clause(clause)}"
    for local in function.locals:
        yield f"{INDENT}local {local.name}: {local.type}"
    if function.value is not None:
        yield f"{INDENT}value {show(function.value)}"
    yield from _block(function.body, INDENT)


def _parameter(parameter: Parameter) -> str:
    mode = "written " if parameter.mode is Mode.WRITTEN else ""
    return f"{mode}{parameter.name}: {parameter.type}"


def _clause(clause: Clause) -> str:
    carried = f"  # {', '.join(clause.requirements)}" if clause.requirements else ""
    return show(clause.condition) + carried


def _block(statements: tuple[Statement, ...], indent: str) -> Iterator[str]:
    for statement in statements:
        yield from _statement(statement, indent)


def _invariants(clauses: tuple[Clause, ...], indent: str) -> Iterator[str]:
    for clause in clauses:
        yield f"{indent}invariant {_clause(clause)}"


def _statement(statement: Statement, indent: str) -> Iterator[str]:
    inner = indent + INDENT
    match statement:
        case Assign(target=target, value=value):
            yield f"{indent}{target} = {show(value)}"
        case Unpack(targets=targets, value=value):
            comma = "," if len(targets) == 1 else ""
            yield f"{indent}{', '.join(targets)}{comma} = {show(value)}"
        case Store(value=value):
            yield f"{indent}{show_target(statement)} = {show(value)}"
        case Use(lemma=lemma, arguments=arguments):
            yield f"{indent}use {lemma.name}({_list(arguments)})"
        case Assert(condition=condition):
            yield f"{indent}assert {show(condition)}"
        case If(test=test, then=then, otherwise=otherwise):
            yield f"{indent}if {show(test)}:"
            yield from _block(then, inner) if then else [f"{inner}pass"]
            if otherwise:
                yield f"{indent}else:"
                yield from _block(otherwise, inner)
        case For(variable=variable, low=low, high=high, invariants=invariants, body=body):
            yield f"{indent}for {variable} in range({show(low)}, {show(high)}):"
            yield from _invariants(invariants, inner)
            yield from _block(body, inner) if body else [f"{inner}pass"]
        case While(test=test, invariants=invariants, variant=variant, body=body):
            yield f"{indent}while {show(test)}:"
            yield from _invariants(invariants, inner)
            yield f"{inner}variant {show(variant)}"
            yield from _block(body, inner)
        case Return(value=value):
            yield f"{indent}return {show(value)}"


def show_target(store: Store) -> str:
    """What a store writes to: `array[i][j]`."""
    return store.array + "".join(f"[{show(index)}]" for index in store.indices)


def show_value(value: object, limit: int | None = None) -> str:
    """`repr` of a number, truth value, list or tuple; cut to `limit` characters where given.

    Never fails on large integers.
    """
    text = _value(value)
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def _value(value: object) -> str:
    match value:
        case bool():
            return str(value)
        case int():
            return str(value) if value.bit_length() <= DECIMAL_BITS else hex(value)
        case Fraction(numerator=top, denominator=bottom):
            return f"Fraction({_value(top)}, {_value(bottom)})"
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case tuple():
            return f"({', '.join(map(_value, value))}{',' if len(value) == 1 else ''})"
    return repr(value)

"""Systematic changes of a kernel's executable body, each one node of the core replaced.

Contracts, loop invariants, variants, assertions and declared types are left alone: a mutant is the
same promise over different code. Order and text of the mutants are a function of the source alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from veriquant_proofs.core.printer import show, show_statement
from veriquant_proofs.core.syntax import (
    Absolute,
    Assert,
    Assign,
    Binary,
    Call,
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
    Negate,
    Not,
    Operator,
    Pick,
    Place,
    Program,
    Project,
    Relation,
    Return,
    Role,
    Statement,
    Store,
    TupleOf,
    Unpack,
    Use,
    Variable,
    While,
)
from veriquant_proofs.core.traverse import nodes
from veriquant_proofs.core.types import Type, same_shape

#: What each binary operator is exchanged for: its inverse, and its neighbours in bit tricks.
BINARY: dict[Operator, tuple[Operator, ...]] = {
    Operator.ADD: (Operator.SUB, Operator.MUL, Operator.BIT_OR),
    Operator.SUB: (Operator.ADD, Operator.MUL),
    Operator.MUL: (Operator.ADD, Operator.FLOOR_DIV),
    Operator.FLOOR_DIV: (Operator.MUL, Operator.MOD, Operator.SHIFT_RIGHT),
    Operator.MOD: (Operator.FLOOR_DIV, Operator.MUL, Operator.BIT_AND),
    Operator.BIT_AND: (Operator.BIT_OR, Operator.BIT_XOR, Operator.MOD),
    Operator.BIT_OR: (Operator.BIT_AND, Operator.BIT_XOR, Operator.ADD),
    Operator.BIT_XOR: (Operator.BIT_AND, Operator.BIT_OR),
    Operator.SHIFT_LEFT: (Operator.SHIFT_RIGHT, Operator.MUL),
    Operator.SHIFT_RIGHT: (Operator.SHIFT_LEFT, Operator.FLOOR_DIV),
}

#: Boundary moved, direction reversed, negation.
COMPARISON: dict[Relation, tuple[Relation, ...]] = {
    Relation.LT: (Relation.LE, Relation.GT, Relation.GE, Relation.NE),
    Relation.LE: (Relation.LT, Relation.GT, Relation.GE, Relation.EQ),
    Relation.GT: (Relation.GE, Relation.LT, Relation.LE, Relation.NE),
    Relation.GE: (Relation.GT, Relation.LT, Relation.LE, Relation.EQ),
    Relation.EQ: (Relation.NE, Relation.LE, Relation.GE),
    Relation.NE: (Relation.EQ, Relation.LT, Relation.GT),
}

ORDERED = frozenset(
    {
        Operator.SUB,
        Operator.FLOOR_DIV,
        Operator.MOD,
        Operator.SHIFT_LEFT,
        Operator.SHIFT_RIGHT,
    }
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: `old` at (`line`, `column`) becomes `new`; `function` is the changed one."""

    operator: str
    line: int
    column: int
    old: str
    new: str
    function: Function

    @property
    def key(self) -> str:
        """The change in one line, without its place, so that edits above do not rename it."""
        return f"{self.operator}: {self.old} -> {self.new}"


@dataclass(frozen=True, slots=True)
class Change:
    """A change inside something: `whole` is that thing with the change made."""

    operator: str
    place: Place
    old: str
    new: str
    whole: Any

    def within(self, whole: Any) -> Change:
        """The same change inside something larger."""
        return replace(self, whole=whole)


def mutants(program: Program, function: Function) -> list[Mutant]:
    """Every mutant of a kernel, by place; no two of them are the same function."""
    writer = _Changes(program, function)
    changes = (c.within(replace(function, body=c.whole)) for c in writer.block(function.body))
    return _distinct(function, changes)


def statement_mutants(program: Program, function: Function) -> list[Mutant]:
    """Mutants of a lemma's statement: constants and comparisons of its postconditions."""
    writer = _Changes(program, function)

    def changes() -> Iterator[Change]:
        for number, clause in enumerate(function.ensures):
            for change in writer.expression(clause.condition):
                if change.operator in ("constant", "comparison"):
                    changed = replace(clause, condition=change.whole)
                    ensures = _put(function.ensures, number, changed)
                    yield change.within(replace(function, ensures=ensures))

    return _distinct(function, changes())


def _distinct(function: Function, changes: Iterable[Change]) -> list[Mutant]:
    found: dict[Function, Mutant] = {}
    for c in changes:
        if c.whole != function and c.whole not in found:
            place = (c.operator, c.place.line, c.place.column)
            found[c.whole] = Mutant(*place, c.old, c.new, c.whole)
    return sorted(found.values(), key=lambda m: (m.line, m.column, m.operator, m.new))


def _put(items: tuple[Any, ...], number: int, *new: Any) -> tuple[Any, ...]:
    return (*items[:number], *new, *items[number + 1 :])


def _number(value: int) -> IntLiteral:
    return IntLiteral(value=value)


def _plus(expr: Expr, value: int) -> Expr:
    operator = Operator.ADD if value > 0 else Operator.SUB
    return Binary(operator=operator, left=expr, right=_number(abs(value)))


def _fixed(relation: Relation, right: int) -> Expr:
    return Comparison(operands=(_number(0), _number(right)), relations=(relation,))


class _Changes:
    """Yields the changes of one function's statements and expressions."""

    def __init__(self, program: Program, function: Function) -> None:
        self.program, self.function = program, function
        self.variables: dict[str, Type] = {p.name: p.type for p in function.parameters}
        self.variables |= {local.name: local.type for local in function.locals}
        for statement in function.body:
            loops = (n for n in nodes(statement) if isinstance(n, For))
            self.variables |= {loop.variable: loop.type for loop in loops}

    # ---------------------------------------------------------------- statements

    def block(self, statements: tuple[Statement, ...]) -> Iterator[Change]:
        """Changes of each statement; most can be dropped too."""
        for number, statement in enumerate(statements):
            if not isinstance(statement, Return | Assert | Use):
                old = show_statement(statement).splitlines()[0]
                dropped = _put(statements, number)
                yield Change("statement dropped", statement.place, old, "pass", dropped)
            for change in self.statement(statement):
                yield change.within(_put(statements, number, change.whole))

    def statement(self, node: Statement) -> Iterator[Change]:
        """Changes inside a statement."""
        match node:
            case Assert() | Use():
                return
            case Return(value=value):
                yield from self._inside(node, "value", self._returned(value))
                yield from self._inside(node, "value", self.expression(value))
            case Assign(value=value) | Unpack(value=value):
                yield from self._inside(node, "value", self.expression(value))
            case Store():
                yield from self._store(node)
            case If(test=test, then=then, otherwise=otherwise):
                yield from self._inside(node, "test", self.condition(test))
                yield from self._inside(node, "test", self.expression(test))
                yield from self._inside(node, "then", self.block(then))
                yield from self._inside(node, "otherwise", self.block(otherwise))
            case While(test=test, body=body):
                yield from self._inside(node, "test", self.condition(test))
                yield from self._inside(node, "test", self.expression(test))
                yield from self._inside(node, "body", self.block(body))
            case For(low=low, high=high, body=body):
                for name, bound in (("low", low), ("high", high)):
                    for step in (1, -1):
                        stepped: dict[str, Any] = {name: _stepped(bound, step)}
                        changed: For = replace(node, **stepped)
                        old, new = _range(node), _range(changed)
                        yield Change("range bound", bound.place, old, new, changed)
                    yield from self._inside(node, name, self.expression(bound))
                yield from self._inside(node, "body", self.block(body))

    def _inside(self, node: Any, name: str, changes: Iterable[Change]) -> Iterator[Change]:
        """Changes of a field of a node."""
        for change in changes:
            yield change.within(replace(node, **{name: change.whole}))

    def _store(self, node: Store) -> Iterator[Change]:
        kind = self.variables[node.array]
        for other, known in self.variables.items():
            if other != node.array and same_shape(known, kind):
                changed = replace(node, array=other)
                yield Change("variable", node.place, node.array, other, changed)
        for number, index in enumerate(node.indices):
            for change in (*self._index(index), *self.expression(index)):
                yield change.within(replace(node, indices=_put(node.indices, number, change.whole)))
        yield from self._inside(node, "value", self.expression(node.value))

    # ---------------------------------------------------------------- expressions

    def change(self, operator: str, old: Expr, new: Expr) -> Change:
        """An expression replaced by another, which stands in its place."""
        text = show(new)
        place = replace(old.place, text=text)
        return Change(operator, old.place, show(old), text, replace(new, place=place))

    def _returned(self, value: Expr) -> Iterator[Change]:
        if isinstance(value, TupleOf):
            swapped = replace(value, items=value.items[::-1])
            yield self.change("result swapped", value, swapped)
        else:
            for new in (_plus(value, 1), _plus(value, -1), _number(0)):
                yield self.change("result changed", value, new)

    def condition(self, test: Expr) -> Iterator[Change]:
        """What every condition is exchanged for."""
        yield self.change("condition negated", test, Not(operand=test))
        yield self.change("condition fixed", test, _fixed(Relation.EQ, 0))
        yield self.change("condition fixed", test, _fixed(Relation.EQ, 1))

    def _index(self, index: Expr) -> Iterator[Change]:
        if not isinstance(index, IntLiteral):
            for new in (_plus(index, 1), _plus(index, -1), _number(0)):
                yield self.change("index", index, new)

    def expression(self, node: Expr) -> Iterator[Change]:
        """Changes of an expression itself, then of its parts."""
        yield from self._own(node)
        for entry in fields(node):
            value = getattr(node, entry.name)
            if isinstance(value, Expr):
                if isinstance(node, Element) and entry.name == "index":
                    yield from self._inside(node, "index", self._index(value))
                if isinstance(node, Conditional) and entry.name == "test":
                    yield from self._inside(node, "test", self.condition(value))
                yield from self._inside(node, entry.name, self.expression(value))
            elif isinstance(value, tuple):
                for number, part in enumerate(value):
                    if not isinstance(part, Expr):
                        continue
                    for change in self._part(node, part):
                        parts: dict[str, Any] = {entry.name: _put(value, number, change.whole)}
                        yield change.within(replace(node, **parts))

    def _part(self, node: Expr, part: Expr) -> Iterator[Change]:
        if isinstance(node, Connective):
            yield from self.condition(part)
        yield from self.expression(part)

    def _own(self, node: Expr) -> Iterator[Change]:
        match node:
            case IntLiteral(value=value):
                for number in dict.fromkeys((value + 1, value - 1, 0)):
                    if number != value:
                        yield self.change("constant", node, _number(number))
            case Variable(name=name) if name in self.variables:
                for other, kind in self.variables.items():
                    if other != name and same_shape(kind, node.type):
                        yield self.change("variable", node, Variable(name=other, type=kind))
            case Binary(operator=operator, left=left, right=right):
                for exchanged in BINARY.get(operator, ()):
                    yield self.change("operator", node, replace(node, operator=exchanged))
                yield self.change("operand dropped", node, left)
                yield self.change("operand dropped", node, right)
                if operator in ORDERED:
                    yield self.change(
                        "operands swapped", node, replace(node, left=right, right=left)
                    )
            case Negate(operand=operand):
                yield self.change("sign dropped", node, operand)
            case Not(operand=operand):
                yield self.change("negation dropped", node, operand)
            case Comparison(relations=relations):
                for number, relation in enumerate(relations):
                    for neighbour in COMPARISON[relation]:
                        changed = _put(relations, number, neighbour)
                        yield self.change("comparison", node, replace(node, relations=changed))
            case Connective(junction=junction, operands=operands):
                exchange = Junction.OR if junction is Junction.AND else Junction.AND
                yield self.change("connective", node, replace(node, junction=exchange))
                for kept in operands:
                    yield self.change("operand dropped", node, kept)
            case Project(tuple=whole, index=index):
                for number in (index + 1, index - 1, 0):
                    if number != index and number >= 0:
                        yield self.change("constant", node, Project(tuple=whole, index=number))
            case Call(arguments=arguments):
                yield from self._swapped(node, "arguments", arguments)
                yield from self._callees(node)
                yield from self._called(node, arguments)
            case Extreme(pick=pick, operands=operands):
                yield from self._swapped(node, "operands", operands)
                opposite = Pick.MAX if pick is Pick.MIN else Pick.MIN
                yield self.change("callee", node, replace(node, pick=opposite))
                yield from self._called(node, operands)
            case Absolute(operand=operand):
                yield from self._called(node, (operand,))
            case Length():
                yield from self._called(node, ())
            case Display() | Filled() | Element() | Conditional() | TupleOf():
                return

    def _swapped(self, node: Expr, name: str, parts: tuple[Expr, ...]) -> Iterator[Change]:
        for i in range(len(parts) - 1):
            swapped: dict[str, Any] = {name: (*parts[:i], parts[i + 1], parts[i], *parts[i + 2 :])}
            yield self.change("arguments swapped", node, replace(node, **swapped))

    def _called(self, node: Expr, arguments: tuple[Expr, ...]) -> Iterator[Change]:
        for argument in arguments:
            yield self.change("call dropped", node, argument)
        yield self.change("call changed", node, _plus(node, 1))

    def _callees(self, node: Call) -> Iterator[Change]:
        """Other kernels of the callee's module that take and give the same."""
        callee = self.program[node.function]
        for other in self.program.functions.values():
            if other.id == self.function.id:
                return  # what stands behind may lead back here
            if (
                other.role is Role.KERNEL
                and other.id != callee.id
                and other.id.module == callee.id.module
                and [p.type for p in other.parameters] == [p.type for p in callee.parameters]
                and same_shape(other.result, callee.result)
            ):
                changed = replace(node, function=other.id, result=other.result)
                yield self.change("callee", node, changed)


def _range(loop: For) -> str:
    return f"range({show(loop.low)}, {show(loop.high)})"


def _stepped(bound: Expr, step: int) -> Expr:
    return replace(_plus(bound, step), place=bound.place)

"""Core expressions as functions of a running call: operands in order, every check as it is met."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn, Protocol

from veriquant_proofs.core import checks
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.syntax import (
    Absolute,
    Binary,
    Binder,
    BoolLiteral,
    Call,
    Comparison,
    Conditional,
    Connective,
    Display,
    Element,
    Expr,
    Extreme,
    Filled,
    Function,
    FunctionId,
    IntLiteral,
    Junction,
    Length,
    LogicCall,
    Negate,
    Not,
    Old,
    Operator,
    Pick,
    Place,
    Project,
    Quantified,
    Quantor,
    RealLiteral,
    Relation,
    ToReal,
    TupleOf,
    Variable,
)
from veriquant_proofs.core.types import Type
from veriquant_spec.types import Range

OPERATIONS: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.ADD: operator.add,
    Operator.SUB: operator.sub,
    Operator.MUL: operator.mul,
    Operator.FLOOR_DIV: operator.floordiv,
    Operator.MOD: operator.mod,
    Operator.SHIFT_LEFT: operator.lshift,
    Operator.SHIFT_RIGHT: operator.rshift,
    Operator.BIT_AND: operator.and_,
    Operator.BIT_OR: operator.or_,
    Operator.BIT_XOR: operator.xor,
    Operator.TRUE_DIV: operator.truediv,
}

RELATIONS: dict[Relation, Callable[[Any, Any], bool]] = {
    Relation.EQ: operator.eq,
    Relation.NE: operator.ne,
    Relation.LT: operator.lt,
    Relation.LE: operator.le,
    Relation.GT: operator.gt,
    Relation.GE: operator.ge,
}

DIVISIONS = frozenset({Operator.FLOOR_DIV, Operator.MOD, Operator.TRUE_DIV})
SHIFTS = frozenset({Operator.SHIFT_LEFT, Operator.SHIFT_RIGHT})

#: Bits of unbounded results that count as one step: squaring again and again must end.
BITS_PER_STEP = 4096


class Context(Protocol):
    """What a running call offers to the expressions in it."""

    values: dict[str, Any]
    olds: dict[str, Any]

    def fail(self, kind: Kind, place: Place, goal: str, got: object = None) -> NoReturn:
        """Raise CheckFailed."""

    def fit(self, value: Any, kind: Type, place: Place, what: str) -> Any:
        """A value that becomes one of a type: its range check."""

    def step(self, count: int = 1) -> None:
        """Count work. Raises StepLimit."""

    def iterated(self, loop: Place) -> None:
        """The body of a loop begins. Raises StepLimit."""

    def enter(self, callee: FunctionId, arguments: list[Any], place: Place) -> Any:
        """Call a kernel or lemma, or apply a specification function."""


Code = Callable[[Any], Any]


def compiled(expr: Expr, function: Function, *, executable: bool) -> Code:
    """An expression of `function`, to be run in a `Context`."""
    return _Compiler(function.word, executable).code(expr)


@dataclass(frozen=True, slots=True)
class _Compiler:
    word: Range | None
    executable: bool

    def code(self, expr: Expr) -> Code:
        """The expression as a function of the running call."""
        match expr:
            case (
                IntLiteral(value=literal) | RealLiteral(value=literal) | BoolLiteral(value=literal)
            ):
                return lambda c: literal
            case Variable(name=name):
                return lambda c: c.values[name]
            case Old(name=name):
                return lambda c: c.olds[name]
            case Binary():
                return self._binary(expr)
            case Negate(operand=operand):
                inner = self.code(operand)
                return self._result(expr, lambda c: -inner(c))
            case Absolute(operand=operand):
                inner = self.code(operand)
                return self._result(expr, lambda c: abs(inner(c)))
            case Extreme(pick=pick, operands=operands):
                choose = min if pick is Pick.MIN else max
                parts = self.codes(operands)
                return lambda c: choose([part(c) for part in parts])
            case ToReal(operand=operand):
                inner = self.code(operand)
                return lambda c: Fraction(inner(c))
            case Comparison():
                return self._comparison(expr)
            case Connective(junction=junction, operands=operands):
                parts = self.codes(operands)
                if junction is Junction.AND:
                    return lambda c: all(part(c) for part in parts)
                return lambda c: any(part(c) for part in parts)
            case Not(operand=operand):
                inner = self.code(operand)
                return lambda c: not inner(c)
            case Conditional(test=test, yes=yes, no=no):
                decide, then, otherwise = self.code(test), self.code(yes), self.code(no)
                return lambda c: then(c) if decide(c) else otherwise(c)
            case TupleOf(items=items):
                parts = self.codes(items)
                return lambda c: tuple([part(c) for part in parts])
            case Project(tuple=whole, index=position):
                inner = self.code(whole)
                return lambda c: inner(c)[position]
            case Length(array=array):
                inner = self.code(array)
                return lambda c: len(inner(c))
            case Element():
                return self._element(expr)
            case Display():
                return self._display(expr)
            case Filled():
                return self._filled(expr)
            case (
                Call(function=callee, arguments=arguments)
                | LogicCall(function=callee, arguments=arguments)
            ):
                parts, place = self.codes(arguments), expr.place
                return lambda c: c.enter(callee, [part(c) for part in parts], place)
            case Quantified():
                return self._quantified(expr)

    def codes(self, exprs: Sequence[Expr]) -> list[Code]:
        """Several expressions."""
        return [self.code(expr) for expr in exprs]

    # ---------------------------------------------------------------- numbers

    def _result(self, expr: Expr, operation: Code) -> Code:
        """An operation whose result must fit the machine word."""
        word, place = self.word, expr.place
        if not self.executable or word is None:
            return operation
        goal = checks.overflow_goal(place, word)

        def bounded(c: Context) -> Any:
            value = operation(c)
            if isinstance(value, int) and not word.low <= value <= word.high:
                c.fail(Kind.OVERFLOW, place, goal, value)
            return value

        return bounded

    def _binary(self, expr: Binary) -> Code:
        left, right = self.code(expr.left), self.code(expr.right)
        operation, place = OPERATIONS[expr.operator], expr.place
        if expr.operator in DIVISIONS:
            goal = checks.divisor_goal(expr.right.place)

            def divided(c: Context) -> Any:
                a, b = left(c), right(c)
                if b == 0:
                    c.fail(Kind.DIVISION, place, goal, b)
                return operation(a, b)

            return self._result(expr, divided)
        if expr.operator in SHIFTS:
            limit = checks.shift_limit(self.word)
            goal = checks.shift_goal(expr.right.place, self.word)

            def shifted(c: Context) -> Any:
                a, b = left(c), right(c)
                if not 0 <= b <= limit:
                    c.fail(Kind.SHIFT, place, goal, b)
                return operation(a, b)

            return self._result(expr, _counted(shifted))
        plain: Code = lambda c: operation(left(c), right(c))  # noqa: E731
        return self._result(expr, _counted(plain) if expr.operator is Operator.MUL else plain)

    def _comparison(self, expr: Comparison) -> Code:
        first, *others = self.codes(expr.operands)
        links = list(zip([RELATIONS[r] for r in expr.relations], others, strict=True))

        def compared(c: Context) -> bool:
            left = first(c)
            for relation, operand in links:
                right = operand(c)
                if not relation(left, right):
                    return False
                left = right
            return True

        return compared

    # ---------------------------------------------------------------- arrays

    def _element(self, expr: Element) -> Code:
        array, index, place = self.code(expr.array), self.code(expr.index), expr.place
        goal = checks.index_goal(place)

        def read(c: Context) -> Any:
            values, i = array(c), index(c)
            if not 0 <= i < len(values):
                c.fail(Kind.INDEX, place, goal, f"{i} of {len(values)}")
            return values[i]

        return read

    def _display(self, expr: Display) -> Code:
        parts, kind = self.codes(expr.items), expr.element
        places = [item.place for item in expr.items]

        def made(c: Context) -> list[Any]:
            return [
                c.fit(part(c), kind, place, f"element {i}")
                for i, (part, place) in enumerate(zip(parts, places, strict=True))
            ]

        return made

    def _filled(self, expr: Filled) -> Code:
        """The number of rows comes before the width, which is needed only where there are rows."""
        value, kind, place = self.code(expr.value), expr.element, expr.value.place
        count = self._count(expr.count)
        width = None if expr.width is None else self._count(expr.width)

        def made(c: Context) -> list[Any]:
            item = c.fit(value(c), kind, place, "element")
            number = count(c)
            if width is None:
                c.step(max(number, 0))
                return [item] * number
            if number <= 0:
                return []
            each = width(c)
            c.step(number * (1 + max(each, 0)))
            return [[item] * each for _ in range(number)]

        return made

    def _count(self, expr: Expr) -> Code:
        inner, place, goal = self.code(expr), expr.place, checks.length_goal(expr.place)

        def counted(c: Context) -> int:
            value: int = inner(c)
            if abs(value) > checks.MAX_LENGTH:
                c.fail(Kind.LENGTH, place, goal, value)
            return value

        return counted

    # ---------------------------------------------------------------- quantifiers

    def _quantified(self, expr: Quantified) -> Code:
        """Every instance is evaluated, so that a condition is defined throughout its range."""
        universal = expr.quantor is Quantor.ALL
        code = self._instances(expr.binders, self.code(expr.body))
        return lambda c: all(list(code(c))) if universal else any(list(code(c)))

    def _instances(self, binders: tuple[Binder, ...], body: Code) -> Code:
        """The values of the body, one after the other."""
        if not binders:

            def last(c: Context) -> list[bool]:
                c.step()
                return [body(c)]

            return last
        first, *others = binders
        low, high, name = self.code(first.low), self.code(first.high), first.name
        inner = self._instances(tuple(others), body)

        def ranged(c: Context) -> list[bool]:
            found = []
            start, stop = low(c), high(c)
            for value in range(start, stop):
                c.step()
                c.values[name] = value
                found += inner(c)
            c.values.pop(name, None)
            return found

        return ranged


def _counted(operation: Code) -> Code:
    """An operation that may make large integers: these count as work."""

    def run(c: Context) -> Any:
        value = operation(c)
        if isinstance(value, int):
            bits = value.bit_length()
            if bits > BITS_PER_STEP:
                c.step(bits // BITS_PER_STEP)
        return value

    return run

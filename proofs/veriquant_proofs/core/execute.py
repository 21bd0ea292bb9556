"""Core statements as functions of a running call: every check as it is met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from veriquant_proofs.core import checks
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.evaluate import Code, Context, compiled
from veriquant_proofs.core.printer import SHOWN, show_value
from veriquant_proofs.core.syntax import (
    Assert,
    Assign,
    Clause,
    Expr,
    For,
    Function,
    If,
    Place,
    Return,
    Statement,
    Store,
    TupleOf,
    Unpack,
    Use,
    While,
)
from veriquant_proofs.core.types import MatrixType, SequenceType, Type

#: A compiled statement.
Run = Callable[[Any], Any]


class Returned(Exception):
    """A return statement was reached."""

    def __init__(self, value: Any) -> None:
        self.value = value


def compiled_body(function: Function) -> list[Run]:
    """The statements of a function's body, each to be run in a `Context`."""
    return _Statements(function).block(function.body)


def _hold(c: Context, kind: Kind, condition: Code, place: Place) -> None:
    """A condition is checked; what it says is its text."""
    if not condition(c):
        c.fail(kind, place, place.text)


@dataclass(frozen=True, slots=True)
class _Statements:
    """Compiles the statements of a function."""

    function: Function

    def code(self, expr: Expr) -> Code:
        return compiled(expr, self.function, executable=True)

    def spec(self, expr: Expr) -> Code:
        return compiled(expr, self.function, executable=False)

    def block(self, statements: tuple[Statement, ...]) -> list[Run]:
        """Statements, each counted as a step."""
        return [self._counted(self.statement(s)) for s in statements]

    def _counted(self, run: Run) -> Run:
        def counted(c: Context) -> None:
            c.step()
            run(c)

        return counted

    def statement(self, statement: Statement) -> Run:
        match statement:
            case Assign(target=target, value=value):
                return self._assign(target, value)
            case Unpack(targets=targets, value=value):
                parts = value.items if isinstance(value, TupleOf) else (value,) * len(targets)
                return self._unpack(targets, value, tuple(part.place for part in parts))
            case Store():
                return self._store(statement)
            case Use(lemma=lemma, arguments=arguments, place=place):
                values = [self.spec(a) for a in arguments]
                return lambda c: c.enter(lemma, [v(c) for v in values], place)
            case Assert(condition=condition):
                goal = self.spec(condition)
                return lambda c: _hold(c, Kind.ASSERTION, goal, condition.place)
            case If(test=test, then=then, otherwise=otherwise):
                decide, yes, no = self.code(test), self.block(then), self.block(otherwise)

                def branch(c: Context) -> None:
                    for run in yes if decide(c) else no:
                        run(c)

                return branch
            case For():
                return self._for(statement)
            case While():
                return self._while(statement)
            case Return():
                return self._return(statement)

    def _assign(self, target: str, expr: Expr) -> Run:
        value, place = self.code(expr), expr.place
        kind = next(local.type for local in self.function.locals if local.name == target)

        def one(c: Context) -> None:
            c.values[target] = c.fit(value(c), kind, place, target)

        return one

    def _unpack(self, targets: tuple[str, ...], expr: Expr, places: tuple[Place, ...]) -> Run:
        """All of the value is evaluated before any target changes."""
        value = self.code(expr)
        kinds = {local.name: local.type for local in self.function.locals}
        entries = [(t, kinds[t], p) for t, p in zip(targets, places, strict=True)]

        def several(c: Context) -> None:
            for (name, kind, place), part in zip(entries, value(c), strict=True):
                c.values[name] = c.fit(part, kind, place, name)

        return several

    def _store(self, store: Store) -> Run:
        """The value first, then the indices from left to right."""
        name, value = store.array, self.code(store.value)
        known: dict[str, Type] = {x.name: x.type for x in self.function.locals}
        known |= {p.name: p.type for p in self.function.parameters}
        kind = known[name]
        assert isinstance(kind, SequenceType | MatrixType)
        indices = [self.code(index) for index in store.indices]
        place, goal = store.place, checks.index_goal(store.place)
        target = place.text.partition(" = ")[0]

        def run(c: Context) -> None:
            item = c.fit(value(c), kind.element, store.value.place, target)
            array, position = c.values[name], None
            for index in indices:
                if position is not None:
                    array = array[position]
                position = index(c)
                if not 0 <= position < len(array):
                    c.fail(Kind.INDEX, place, goal, f"{position} of {len(array)}")
            array[position] = item

        return run

    def _invariants(self, clauses: tuple[Clause, ...]) -> list[tuple[Code, Place]]:
        return [(self.spec(c.condition), c.place) for c in clauses]

    def _for(self, loop: For) -> Run:
        name, low, high = loop.variable, self.code(loop.low), self.code(loop.high)
        invariants, body = self._invariants(loop.invariants), self.block(loop.body)

        def run(c: Context) -> None:
            start, stop = low(c), high(c)
            c.fit(start, loop.type, loop.low.place, checks.loop_bound(name))
            c.fit(stop, loop.type, loop.high.place, checks.loop_bound(name))
            c.values[name] = start
            for condition, place in invariants:
                _hold(c, Kind.INVARIANT_INIT, condition, place)
            for i in range(start, stop):
                c.iterated(loop.place)
                c.values[name] = i
                for statement in body:
                    statement(c)
                c.values[name] = i + 1
                for condition, place in invariants:
                    _hold(c, Kind.INVARIANT_PRESERVED, condition, place)
            del c.values[name]

        return run

    def _while(self, loop: While) -> Run:
        test, variant, place = self.code(loop.test), self.spec(loop.variant), loop.variant.place
        invariants, body = self._invariants(loop.invariants), self.block(loop.body)

        def run(c: Context) -> None:
            for condition, where in invariants:
                _hold(c, Kind.INVARIANT_INIT, condition, where)
            while test(c):
                c.iterated(loop.place)
                before = variant(c)
                if before < 0:
                    goal = checks.variant_goal(place, decreases=False)
                    c.fail(Kind.VARIANT, place, goal, before)
                for statement in body:
                    statement(c)
                now = variant(c)
                if now >= before:
                    goal = checks.variant_goal(place, decreases=True)
                    c.fail(Kind.VARIANT, place, goal, f"{now} after {before}")
                for condition, where in invariants:
                    _hold(c, Kind.INVARIANT_PRESERVED, condition, where)

        return run

    def _return(self, statement: Return) -> Run:
        value, place = self.code(statement.value), statement.value.place
        kind = self.function.result
        ensures = [(self.spec(c.condition), c.place) for c in self.function.ensures]

        def run(c: Context) -> None:
            result = c.fit(value(c), kind, place, "result")
            c.values["result"] = result
            for condition, where in ensures:
                if not condition(c):
                    shown = f"result = {show_value(result, SHOWN)}"
                    c.fail(Kind.POSTCONDITION, where, where.text, shown)
            raise Returned(result)

        return run

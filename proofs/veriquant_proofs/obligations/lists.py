"""New lists: what they hold, and how long they are."""

from __future__ import annotations

from typing import Protocol

from veriquant_proofs.core import checks
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.syntax import Display, Expr, Filled, Place
from veriquant_proofs.core.types import IntType, Type, fits
from veriquant_proofs.obligations.formula import (
    ZERO,
    Constant,
    Number,
    Sort,
    Stored,
    Symbol,
    Term,
    below,
    choice,
    equal,
    sort_of,
    within,
)
from veriquant_proofs.obligations.trail import Trail
from veriquant_proofs.obligations.values import Matrix, Sequence, Value
from veriquant_spec.types import Range


class Point(Protocol):
    """Where an expression is evaluated."""

    @property
    def trail(self) -> Trail:
        """What is recorded."""

    def term(self, expr: Expr) -> Term:
        """The value of a number."""

    def fit(self, value: Value, expr: Expr, wanted: Type, what: str) -> None:
        """The range check of a value."""

    def check(self, kind: Kind, formula: Term, place: Place, goal: str) -> None:
        """A check made here."""

    def static(self, expr: Expr) -> Type:
        """The type of an expression by its syntax."""


def display(at: Point, expr: Display) -> Sequence:
    """`[a, b]`: each item checked against the type of what the list may hold."""
    assert isinstance(expr.element, IntType)
    array: Term = Symbol(at.trail.fresh("list"), Sort.ARRAY)
    for position, item in enumerate(expr.items):
        term = at.term(item)
        at.fit(term, item, expr.element, f"element {position}")
        array = Stored(array, Number(position), term)
    return Sequence(_made(at, array), Number(len(expr.items)), expr.element)


def filled(at: Point, expr: Filled) -> Value:
    """`[x] * n`, or as many rows of it."""
    assert isinstance(expr.element, IntType)
    value = at.term(expr.value)
    at.fit(value, expr.value, expr.element, "element")
    if expr.width is None:
        count = _count(at, expr.count)
        return Sequence(_made(at, Constant(value, Sort.ARRAY)), count, expr.element)
    # Python evaluates the number of rows first, and the width once for each row.
    rows = _count(at, expr.count)
    with at.trail.guarded(below(ZERO, rows)):
        width = _count(at, expr.width)
    array = _made(at, Constant(Constant(value, Sort.ARRAY), Sort.MATRIX))
    return Matrix(array, rows, Constant(width, Sort.ARRAY), expr.element)


def _made(at: Point, array: Term) -> Term:
    """A new list: on a path, a name that equals it there alone, lest what its declared type
    says of its elements be taken for true where it was never checked."""
    if not at.trail.guards:
        return array
    symbol = Symbol(at.trail.fresh("list"), sort_of(array))
    at.trail.assume(equal(symbol, array))
    return symbol


def _count(at: Point, expr: Expr) -> Term:
    """The length of a new array: none below zero, and no longer than Python's longest."""
    term = at.term(expr)
    bounds = Range(-checks.MAX_LENGTH, checks.MAX_LENGTH)
    kind = at.static(expr)
    if not fits(kind, IntType(range=bounds)):
        goal = checks.length_goal(expr.place)
        at.check(Kind.LENGTH, within(term, bounds), expr.place, goal)
    if isinstance(term, Number):
        return Number(max(term.value, 0))
    if isinstance(kind, IntType) and kind.range is not None and kind.range.low >= 0:
        return term
    return choice(below(term, ZERO), ZERO, term)

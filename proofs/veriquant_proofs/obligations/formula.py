"""Formulas: what an obligation says, before any solver's notation.

Terms are immutable trees over integers, rationals, truth values and arrays. Operations are total:
what they give where a check would fail is not said, and no encoding may say it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from veriquant_proofs.core.syntax import Operator, Quantor, Relation
from veriquant_spec.types import Range


class Sort(Enum):
    """Sorts of terms; arrays are indexed by all integers."""

    INT = "Int"
    BOOL = "Bool"
    REAL = "Real"
    ARRAY = "(Array Int Int)"
    MATRIX = "(Array Int (Array Int Int))"


@dataclass(frozen=True, slots=True)
class Number:
    """An integer."""

    value: int


@dataclass(frozen=True, slots=True)
class Rational:
    """A rational number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Truth:
    """True or false."""

    value: bool


@dataclass(frozen=True, slots=True)
class Symbol:
    """A constant, or a quantified variable; `range`: what the declared type of an integer says.

    Whoever makes a ranged symbol lets its range be asserted (`within(symbol, range)`).
    """

    name: str
    sort: Sort
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """An uninterpreted function. `ranges` of the integer arguments and of an integer result."""

    name: str
    ranges: tuple[Range | None, ...]
    result: Sort
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Apply:
    """A function's value."""

    function: Signature
    arguments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A binary operation on two integers or two rationals."""

    operator: Operator
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Real:
    """An integer as a rational."""

    operand: Term


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two numbers; EQ and NE also of truth values and arrays."""

    relation: Relation
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class All:
    """Conjunction."""

    parts: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Disjunction."""

    parts: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """Negation."""

    operand: Term


@dataclass(frozen=True, slots=True)
class Implication:
    """`left` implies `right`."""

    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Choice:
    """`yes` where `test` holds, else `no`."""

    test: Term
    yes: Term
    no: Term


@dataclass(frozen=True, slots=True)
class Select:
    """`array[index]`; a row where the array is a matrix."""

    array: Term
    index: Term


@dataclass(frozen=True, slots=True)
class Stored:
    """`array` with `value` at `index`."""

    array: Term
    index: Term
    value: Term


@dataclass(frozen=True, slots=True)
class Constant:
    """The array that holds `value` everywhere (a matrix where the value is an array)."""

    value: Term
    sort: Sort


@dataclass(frozen=True, slots=True)
class Quantifier:
    """A quantified formula. The variables are symbols that occur nowhere outside it."""

    quantor: Quantor
    variables: tuple[Symbol, ...]
    body: Term
    patterns: tuple[Term, ...] = ()


Term = (
    Number
    | Rational
    | Truth
    | Symbol
    | Apply
    | Arithmetic
    | Real
    | Compare
    | All
    | Any
    | Negation
    | Implication
    | Choice
    | Select
    | Stored
    | Constant
    | Quantifier
)

TRUE, FALSE = Truth(True), Truth(False)
ZERO, ONE = Number(0), Number(1)


# ------------------------------------------------------------------ smart constructors


def conjunction(parts: tuple[Term, ...] | list[Term]) -> Term:
    """All parts; nested conjunctions are flattened, true parts left out."""
    flat: dict[Term, None] = {}
    for part in parts:
        for piece in part.parts if isinstance(part, All) else (part,):
            if piece == FALSE:
                return FALSE
            if piece != TRUE:
                flat[piece] = None
    if not flat:
        return TRUE
    return next(iter(flat)) if len(flat) == 1 else All(tuple(flat))


def disjunction(parts: tuple[Term, ...] | list[Term]) -> Term:
    """Some part."""
    kept = tuple(p for p in parts if p != FALSE)
    if TRUE in kept:
        return TRUE
    if not kept:
        return FALSE
    return kept[0] if len(kept) == 1 else Any(kept)


def negation(term: Term) -> Term:
    """Not `term`; a double negation falls away."""
    if isinstance(term, Truth):
        return Truth(not term.value)
    return term.operand if isinstance(term, Negation) else Negation(term)


def implication(left: Term, right: Term) -> Term:
    """`left` implies `right`."""
    if TRUE in (left, right):
        return right
    return TRUE if left == FALSE else Implication(left, right)


def choice(test: Term, yes: Term, no: Term) -> Term:
    """A conditional term."""
    if isinstance(test, Truth):
        return yes if test.value else no
    return yes if yes == no else Choice(test, yes, no)


def equal(left: Term, right: Term) -> Term:
    """Equality."""
    return Compare(Relation.EQ, left, right)


def at_most(left: Term, right: Term) -> Term:
    """`left <= right`."""
    return Compare(Relation.LE, left, right)


def below(left: Term, right: Term) -> Term:
    """`left < right`."""
    return Compare(Relation.LT, left, right)


def add(left: Term, right: Term) -> Term:
    """`left + right`."""
    return Arithmetic(Operator.ADD, left, right)


def within(term: Term, bounds: Range) -> Term:
    """`low <= term <= high`."""
    if isinstance(term, Number):
        return Truth(term.value in bounds)
    return All((at_most(Number(bounds.low), term), at_most(term, Number(bounds.high))))


def indexes(index: Term, length: Term) -> Term:
    """`0 <= index < length`."""
    return All((at_most(ZERO, index), below(index, length)))


# ------------------------------------------------------------------ traversal


def children(term: Term) -> tuple[Term, ...]:
    """The direct parts of a term."""
    match term:
        case Apply(arguments=parts) | All(parts=parts) | Any(parts=parts):
            return parts
        case Arithmetic(left=a, right=b) | Compare(left=a, right=b) | Implication(left=a, right=b):
            return (a, b)
        case Real(operand=a) | Negation(operand=a) | Constant(value=a):
            return (a,)
        case Choice(test=a, yes=b, no=c):
            return (a, b, c)
        case Select(array=a, index=b):
            return (a, b)
        case Stored(array=a, index=b, value=c):
            return (a, b, c)
        case Quantifier(body=body, patterns=patterns):
            return (body, *patterns)
    return ()


def subterms(term: Term) -> Iterator[Term]:
    """Every part of a term, itself included; equal parts of one identity once."""
    seen: set[int] = set()
    stack = [term]
    while stack:
        part = stack.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            stack.extend(children(part))


def symbols(term: Term) -> set[Symbol]:
    """The symbols of a term, quantified ones included."""
    return {part for part in subterms(term) if isinstance(part, Symbol)}


def rebuilt(term: Term, change: Callable[[Term], Term]) -> Term:
    """The term with `change` applied to each direct part."""
    match term:
        case Apply(function=function, arguments=parts):
            return Apply(function, tuple(change(p) for p in parts))
        case All(parts=parts):
            return All(tuple(change(p) for p in parts))
        case Any(parts=parts):
            return Any(tuple(change(p) for p in parts))
        case Arithmetic(operator=operator, left=a, right=b):
            return Arithmetic(operator, change(a), change(b))
        case Compare(relation=relation, left=a, right=b):
            return Compare(relation, change(a), change(b))
        case Implication(left=a, right=b):
            return Implication(change(a), change(b))
        case Real(operand=a):
            return Real(change(a))
        case Negation(operand=a):
            return Negation(change(a))
        case Constant(value=a, sort=sort):
            return Constant(change(a), sort)
        case Choice(test=a, yes=b, no=c):
            return Choice(change(a), change(b), change(c))
        case Select(array=a, index=b):
            return Select(change(a), change(b))
        case Stored(array=a, index=b, value=c):
            return Stored(change(a), change(b), change(c))
        case Quantifier(quantor=quantor, variables=variables, body=body, patterns=patterns):
            return Quantifier(quantor, variables, change(body), tuple(change(p) for p in patterns))
    return term


def substituted(term: Term, values: Mapping[Symbol, Term]) -> Term:
    """The term with symbols replaced. No quantified variable occurs in the new terms."""
    if isinstance(term, Symbol):
        return values.get(term, term)
    return rebuilt(term, lambda part: substituted(part, values))


def sort_of(term: Term) -> Sort:
    """The sort of a term."""
    match term:
        case Number():
            return Sort.INT
        case Rational() | Real():
            return Sort.REAL
        case Symbol(sort=sort) | Constant(sort=sort):
            return sort
        case Apply(function=function):
            return function.result
        case Arithmetic(left=left):
            return sort_of(left)
        case Choice(yes=yes):
            return sort_of(yes)
        case Select(array=array):
            return Sort.ARRAY if sort_of(array) is Sort.MATRIX else Sort.INT
        case Stored(array=array):
            return sort_of(array)
    return Sort.BOOL

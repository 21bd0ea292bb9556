"""Values of core expressions: numbers and truth values as terms, arrays by their parts."""

from __future__ import annotations

from dataclasses import dataclass

from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
)
from veriquant_proofs.obligations.formula import (
    Apply,
    Constant,
    Select,
    Signature,
    Sort,
    Symbol,
    Term,
)
from veriquant_spec.types import Range


@dataclass(frozen=True, slots=True)
class Sequence:
    """`length` elements of `array`, from 0. `inside`: where the sequence itself is one (a row)."""

    array: Term
    length: Term
    element: IntType
    inside: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Matrix:
    """`rows` rows of `array`; row `i` has `widths[i]` elements."""

    array: Term
    rows: Term
    widths: Term
    element: IntType

    def row(self, index: Term, inside: Term) -> Sequence:
        """One row; `inside` says that the matrix has it."""
        width = (
            self.widths.value if isinstance(self.widths, Constant) else Select(self.widths, index)
        )
        return Sequence(Select(self.array, index), width, self.element, (inside,))


@dataclass(frozen=True, slots=True)
class Tuple:
    """A tuple's items."""

    items: tuple[Value, ...]


Value = Term | Sequence | Matrix | Tuple

SORTS: dict[type, Sort] = {IntType: Sort.INT, BoolType: Sort.BOOL, RealType: Sort.REAL}


def flat(value: Value) -> tuple[Term, ...]:
    """The terms that make up a value."""
    match value:
        case Sequence(array=array, length=length):
            return (array, length)
        case Matrix(array=array, rows=rows, widths=widths):
            return (array, rows, widths)
        case Tuple(items=items):
            return tuple(term for item in items for term in flat(item))
    return (value,)


def applied(
    name: str, kind: Type, arguments: tuple[Term, ...], ranges: tuple[Range | None, ...]
) -> Value:
    """The value of type `kind` that the function `name` has at these arguments.

    `ranges` are those that the integer arguments' declared types promise.
    """

    def part(suffix: str, sort: Sort, bounds: Range | None = None) -> Term:
        if not arguments:
            return Symbol(name + suffix, sort, bounds)
        return Apply(Signature(name + suffix, ranges, sort, bounds), arguments)

    match kind:
        case IntType(range=bounds):
            return part("", Sort.INT, bounds)
        case SequenceType(element=element):
            return Sequence(part("", Sort.ARRAY), part("~length", Sort.INT), element)
        case MatrixType(element=element):
            rows, widths = part("~rows", Sort.INT), part("~widths", Sort.ARRAY)
            return Matrix(part("", Sort.MATRIX), rows, widths, element)
        case TupleType(items=items):
            return Tuple(
                tuple(
                    applied(f"{name}~{i}", item, arguments, ranges) for i, item in enumerate(items)
                )
            )
    return part("", SORTS[type(kind)])


def type_ranges(kind: Type) -> tuple[Range | None, ...]:
    """For each term of `flat(value of that type)`, the range its declared type promises."""
    match kind:
        case IntType(range=bounds):
            return (bounds,)
        case SequenceType():
            return (None, None)
        case MatrixType():
            return (None, None, None)
        case TupleType(items=items):
            return tuple(bounds for item in items for bounds in type_ranges(item))
    return (None,)


def lengths(value: Value) -> tuple[Term, ...]:
    """Terms of a value that are lengths, hence never negative."""
    match value:
        case Sequence(length=length):
            return (length,)
        case Matrix(rows=rows):
            return (rows,)
        case Tuple(items=items):
            return tuple(term for item in items for term in lengths(item))
    return ()

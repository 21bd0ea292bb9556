"""Types of the core. A range stands in the type of an integer, and nowhere else.

A value of an `IntType` with a range lies in that range: of a parameter because callers check it, of
a result because the function checks it, of a local because each assignment checks it.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriquant_spec.types import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class IntType:
    """Integers of a range; `range=None`: all integers (lemmas and specification alone)."""

    range: Range | None = None

    def __str__(self) -> str:
        return "int" if self.range is None else f"int[{self.range}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoolType:
    """Truth values."""

    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True, kw_only=True)
class RealType:
    """Rationals (`Fraction`): in lemmas and specification alone."""

    def __str__(self) -> str:
        return "real"


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceType:
    """Finite sequences of integers, indexed from 0."""

    element: IntType

    def __str__(self) -> str:
        return f"sequence of {self.element}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixType:
    """Finite sequences of sequences of integers; rows may have different lengths."""

    element: IntType

    def __str__(self) -> str:
        return f"matrix of {self.element}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TupleType:
    """Tuples of a fixed length."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"({', '.join(str(item) for item in self.items)})"


Type = IntType | BoolType | RealType | SequenceType | MatrixType | TupleType
ArrayType = SequenceType | MatrixType

INT = IntType()
BOOL = BoolType()
REAL = RealType()


def is_array(kind: Type) -> bool:
    """Whether values of the type are sequences or matrices."""
    return isinstance(kind, SequenceType | MatrixType)


def holds_array(kind: Type) -> bool:
    """Whether values of the type are or contain a sequence or matrix."""
    if isinstance(kind, TupleType):
        return any(holds_array(item) for item in kind.items)
    return is_array(kind)


def ranged(kind: Type) -> bool:
    """Whether the type promises a range somewhere."""
    match kind:
        case IntType(range=bounds):
            return bounds is not None
        case SequenceType(element=element) | MatrixType(element=element):
            return element.range is not None
        case TupleType(items=items):
            return any(ranged(item) for item in items)
    return False


def same_shape(a: Type, b: Type) -> bool:
    """Whether two types differ in ranges alone."""
    if isinstance(a, TupleType) and isinstance(b, TupleType):
        return len(a.items) == len(b.items) and all(map(same_shape, a.items, b.items))
    return type(a) is type(b)


def within(inner: Range | None, outer: Range | None) -> bool:
    """Whether every integer of `inner` lies in `outer`; None stands for all integers."""
    if outer is None:
        return True
    return inner is not None and outer.low <= inner.low and inner.high <= outer.high


def fits(inner: Type, outer: Type) -> bool:
    """Whether every value of type `inner` is one of type `outer`, by the types alone."""
    match inner, outer:
        case IntType(range=a), IntType(range=b):
            return within(a, b)
        case (SequenceType(element=a), SequenceType(element=b)) | (
            MatrixType(element=a),
            MatrixType(element=b),
        ):
            return fits(a, b)
        case TupleType(items=a), TupleType(items=b):
            return len(a) == len(b) and all(map(fits, a, b))
    return type(inner) is type(outer)

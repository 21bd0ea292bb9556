"""Values of the core as Python has them, held against types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from veriquant_proofs.core import checks
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
)


@dataclass(frozen=True, slots=True)
class Misfit:
    """What a value breaks: the check's text, and the part of the value that does."""

    goal: str
    found: object


def of_shape(value: object, kind: Type, *, written: bool = False) -> bool:
    """Whether a value is one of the type, ranges aside; `written`: in lists that can be changed."""
    lists = list if written else list | tuple
    match kind:
        case IntType():
            return type(value) is int
        case BoolType():
            return type(value) is bool
        case RealType():
            return isinstance(value, Fraction)
        case SequenceType():
            return isinstance(value, lists) and all(type(e) is int for e in value)
        case MatrixType(element=element):
            row = SequenceType(element=element)
            return isinstance(value, lists) and all(
                of_shape(r, row, written=written) for r in value
            )
        case TupleType(items=items):
            return (
                isinstance(value, tuple)
                and len(value) == len(items)
                and all(of_shape(v, t) for v, t in zip(value, items, strict=True))
            )


def misfit(value: Any, kind: Type, what: str) -> Misfit | None:
    """The first part of a value that is outside its range; None where there is none."""
    match kind:
        case IntType(range=bounds):
            if bounds is not None and value not in bounds:
                return Misfit(checks.range_goal(what, bounds), value)
        case SequenceType(element=element) | MatrixType(element=element):
            bounds = element.range
            if bounds is None:
                return None
            elements: Iterable[Any] = value
            if isinstance(kind, MatrixType):
                elements = (e for row in value for e in row)
            for found in elements:
                if found not in bounds:
                    return Misfit(checks.elements_goal(what, bounds), found)
        case TupleType(items=items):
            for i, (part, item) in enumerate(zip(value, items, strict=True)):
                wrong = misfit(part, item, f"{what}[{i}]")
                if wrong is not None:
                    return wrong
    return None


def copied(value: Any) -> Any:
    """A value that shares no list with the original."""
    if isinstance(value, list):
        return [copied(part) for part in value]
    return tuple(copied(part) for part in value) if isinstance(value, tuple) else value

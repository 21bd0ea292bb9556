"""An array has one name: what is bound to a name or returned is reached in no other way."""

from __future__ import annotations

from veriquant_proofs.core.errors import WellFormedError
from veriquant_proofs.core.syntax import (
    Call,
    Display,
    Expr,
    Filled,
    Function,
    TupleOf,
    Variable,
)
from veriquant_proofs.core.types import holds_array
from veriquant_proofs.core.typing import static_type


def fresh(value: Expr) -> bool:
    """Whether no other name reaches the arrays in a value (a call's result is its caller's own)."""
    match value:
        case Display() | Filled() | Call():
            return True
        case TupleOf(items=items):
            return all(fresh(item) for item in items)
    return not holds_array(static_type(value, word=None))


def no_alias(value: Expr, function: Function) -> None:
    """Check a returned value: an array leaves the function under one name, and none that a caller
    has. Raises WellFormedError."""
    _no_alias(value, function, set())


def _no_alias(value: Expr, function: Function, seen: set[str]) -> None:
    if not holds_array(static_type(value, word=function.word)):
        return
    match value:
        case Call() | Display() | Filled():
            return
        case TupleOf(items=items):
            for item in items:
                _no_alias(item, function, seen)
            return
        case Variable(name=name) if all(p.name != name for p in function.parameters):
            if name not in seen:
                seen.add(name)
                return
            message = f"result holds `{name}` twice"
        case Variable(name=name):
            message = f"result aliases parameter `{name}`: copy it into a new list"
        case _:
            message = f"result aliases `{value.place.text}`: copy it into a new list"
    raise WellFormedError(value.place, function.file, message)

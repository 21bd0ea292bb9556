"""Kinds of checks, and the one rule that says which operation has which.

| construct | checks, in order of evaluation |
|---|---|
| `Binary` `//` `%` `/` | DIVISION: the divisor is not zero (both modes) |
| `Binary` `<<` `>>` | SHIFT: the amount is in `0 .. shift_limit(word)` (both modes) |
| `Binary`, `Negate`, `Absolute` on integers, executable | OVERFLOW: the result lies in the word |
| `Element` | INDEX: `0 <= index < length` (both modes) |
| `Display`, `Filled` | RANGE of every item; `Filled` also LENGTH of its count and width |
| `Call`, `LogicCall`, `Use` | RANGE of each argument, then PRECONDITION per clause (both modes) |
| `Assign`, `Unpack`, `Store` | RANGE of the value against the declared type; `Store` then INDEX |
| `Return` | RANGE of the value against the result type, then POSTCONDITION per clause |
| `Assert` | ASSERTION |
| `For` | RANGE of both bounds against the variable's type; INVARIANT_INIT with the variable at \
`low`; at the end of the body INVARIANT_PRESERVED |
| `While` | INVARIANT_INIT; where the test holds VARIANT (non-negative); at the end of the body \
VARIANT (decreases), then INVARIANT_PRESERVED |

No RANGE check is written for a literal in its range, nor where the value's type, by its syntax
alone (`typing.static_type`), lies in the wanted one and that is the machine word or an array's;
others that the types alone promise are written, and confirm them. An index, divisor or shift that
is a literal within its limit needs none.
"""

from __future__ import annotations

from enum import StrEnum

from veriquant_proofs.core.syntax import Place
from veriquant_spec.types import Range

#: Longest sequence (assumption A-PY-03): no CPython list on a 64-bit machine is longer.
MAX_LENGTH = 2**48

#: Largest shift amount where no machine word limits it.
UNBOUNDED_SHIFT = 4096


class Kind(StrEnum):
    """Kinds of checks, named as GNATprove names them (design section 6)."""

    INITIALIZATION = "initialization"
    OVERFLOW = "overflow check"
    RANGE = "range check"
    INDEX = "index check"
    LENGTH = "length check"
    DIVISION = "divide by zero"
    SHIFT = "shift check"
    PRECONDITION = "precondition"
    POSTCONDITION = "postcondition"
    INVARIANT_INIT = "loop invariant initialization"
    INVARIANT_PRESERVED = "loop invariant preservation"
    VARIANT = "loop variant"
    ASSERTION = "assertion"
    TERMINATION = "subprogram termination"


def shift_limit(word: Range | None) -> int:
    """Largest amount by which a function of this word shifts."""
    return UNBOUNDED_SHIFT if word is None else word.high.bit_length()


# What a check says in the report, in Python's terms. The interpreter and the obligations name a
# check by kind, place and this text, so that a failed run is held against the condition it refutes.


def overflow_goal(place: Place, word: Range) -> str:
    """The result of an operation fits its machine word."""
    return f"{place.text} in {word}"


def range_goal(what: str, bounds: Range) -> str:
    """A value (`what` says whose) lies in the range of its type."""
    return f"{what} in {bounds}"


def elements_goal(what: str, bounds: Range) -> str:
    """Every element of an array lies in the range of its type."""
    return f"every element of {what} in {bounds}"


def argument(parameter: str, function: str) -> str:
    """What a range check says of an argument."""
    return f"argument {parameter} of {function}"


def loop_bound(variable: str) -> str:
    """What a range check says of the bounds of a loop."""
    return f"bound of {variable}"


def index_goal(place: Place) -> str:
    """An index lies in its array."""
    return f"{place.text}: index in range"


def length_goal(count: Place) -> str:
    """The count of a new array is one that Python takes: it raises OverflowError far beyond."""
    return f"{count.text} in {Range(-MAX_LENGTH, MAX_LENGTH)}"


def divisor_goal(divisor: Place) -> str:
    """A divisor is not zero."""
    return f"{divisor.text} != 0"


def shift_goal(amount: Place, word: Range | None) -> str:
    """A shift amount is in range."""
    return f"0 <= {amount.text} <= {shift_limit(word)}"


def precondition_goal(function: str, clause: Place) -> str:
    """A condition that the called function requires."""
    return f"{function} requires {clause.text}"


def variant_goal(variant: Place, *, decreases: bool) -> str:
    """A variant is non-negative at the loop head, or smaller at the end of the body."""
    return f"{variant.text} decreases" if decreases else f"{variant.text} >= 0"

"""Which integers a term can be, from its symbols' declared ranges alone.

Every rule is that of exact arithmetic; where an operation is partial (a shift by a negative
amount), the bounds are those of the values for which it has a meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriquant_proofs.core.checks import UNBOUNDED_SHIFT
from veriquant_proofs.core.syntax import Operator
from veriquant_proofs.obligations.formula import (
    Apply,
    Arithmetic,
    Choice,
    Number,
    Symbol,
    Term,
)
from veriquant_spec.types import Range

#: Trailing zero bits of zero: more than any word has.
ZERO_ALIGNMENT = 4096


@dataclass(frozen=True, slots=True)
class Interval:
    """All values lie in `low..high` (None: no bound) and are multiples of `2**zeros`."""

    low: int | None = None
    high: int | None = None
    zeros: int = 0

    @property
    def bounds(self) -> Range | None:
        """The interval as a range, where it has two ends."""
        if self.low is None or self.high is None:
            return None
        return Range(self.low, self.high)

    @property
    def width(self) -> int | None:
        """Bits of the shortest two's complement word that holds every value; None: no word does."""
        if self.low is None or self.high is None:
            return None
        return max((~self.low if self.low < 0 else self.low).bit_length(), bits(self.high)) + 1


def bits(value: int) -> int:
    """Bits of a value without its sign."""
    return (~value if value < 0 else value).bit_length()


def trailing_zeros(value: int) -> int:
    """Zero bits below the lowest one bit."""
    return ZERO_ALIGNMENT if value == 0 else (value & -value).bit_length() - 1


def exactly(value: int) -> Interval:
    """One value."""
    return Interval(value, value, trailing_zeros(value))


ANY = Interval()


def interval(term: Term) -> Interval:
    """The interval of an integer term."""
    match term:
        case Number(value=value):
            return exactly(value)
        case Symbol(range=bounds) if bounds is not None:
            return Interval(bounds.low, bounds.high)
        case Apply(function=function) if function.range is not None:
            return Interval(function.range.low, function.range.high)
        case Choice(yes=yes, no=no):
            return _hull(interval(yes), interval(no))
        case Arithmetic(operator=operator, left=left, right=right):
            return _binary(operator, interval(left), interval(right))
    return ANY


def _binary(operator: Operator, a: Interval, b: Interval) -> Interval:
    match operator:
        case Operator.ADD:
            return Interval(_plus(a.low, b.low), _plus(a.high, b.high), min(a.zeros, b.zeros))
        case Operator.SUB:
            negated = Interval(_minus(b.high), _minus(b.low), b.zeros)
            return _binary(Operator.ADD, a, negated)
        case Operator.MUL:
            return _product(a, b)
        case Operator.FLOOR_DIV | Operator.MOD:
            return _division(operator, a, b)
        case Operator.SHIFT_LEFT:
            low, high = _amounts(b)
            return _hull(_product(a, exactly(2**low)), _product(a, exactly(2**high)))
        case Operator.SHIFT_RIGHT:
            low, high = _amounts(b)
            ends = [e >> n if e is not None else None for e in (a.low, a.high) for n in (low, high)]
            return Interval(_least(ends[:2]), _greatest(ends[2:]))
        case Operator.BIT_AND:
            return _conjunction(a, b)
        case Operator.BIT_OR | Operator.BIT_XOR:
            return _word(a, b)
    return ANY


def _plus(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


def _minus(a: int | None) -> int | None:
    return None if a is None else -a


def _least(values: list[int | None]) -> int | None:
    known = [v for v in values if v is not None]
    return min(known) if len(known) == len(values) else None


def _greatest(values: list[int | None]) -> int | None:
    known = [v for v in values if v is not None]
    return max(known) if len(known) == len(values) else None


def _hull(a: Interval, b: Interval) -> Interval:
    zeros = min(a.zeros, b.zeros)
    return Interval(_least([a.low, b.low]), _greatest([a.high, b.high]), zeros)


def _product(a: Interval, b: Interval) -> Interval:
    zeros = min(a.zeros + b.zeros, ZERO_ALIGNMENT)
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return Interval(None, None, zeros)
    corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return Interval(min(corners), max(corners), zeros)


def _division(operator: Operator, a: Interval, b: Interval) -> Interval:
    """Floor division and its remainder, for a divisor that is not zero."""
    if b.low is None or b.high is None:
        return ANY
    greatest = max(abs(b.low), abs(b.high))
    if operator is Operator.MOD:
        low = 0 if b.low >= 0 else 1 - greatest
        high = 0 if b.high <= 0 else greatest - 1
        exact = b.low == b.high and b.low.bit_count() == 1 and b.low > 0
        return Interval(low, high, min(a.zeros, trailing_zeros(b.low)) if exact else 0)
    if a.low is None or a.high is None:
        return ANY
    if b.low > 0:
        corners = [x // y for x in (a.low, a.high) for y in (b.low, b.high)]
        return Interval(min(corners), max(corners))
    reach = max(abs(a.low), abs(a.high))
    return Interval(-reach - 1, reach + 1)


def _amounts(b: Interval) -> tuple[int, int]:
    """Least and greatest shift amount with a meaning."""
    low = 0 if b.low is None else min(max(b.low, 0), UNBOUNDED_SHIFT)
    high = UNBOUNDED_SHIFT if b.high is None else min(max(b.high, low), UNBOUNDED_SHIFT)
    return low, high


def _conjunction(a: Interval, b: Interval) -> Interval:
    """`x & y` is no greater than either operand that is not negative."""
    tops = [i.high for i in (a, b) if i.low is not None and i.low >= 0 and i.high is not None]
    if tops:
        zeros = max(a.zeros, b.zeros)
        return Interval(0, min(tops), zeros if min(tops) else ZERO_ALIGNMENT)
    return _word(a, b)


def _word(a: Interval, b: Interval) -> Interval:
    """Any bit operation stays in the word that holds both operands."""
    widths = (a.width, b.width)
    if widths[0] is None or widths[1] is None:
        return ANY
    top = 2 ** (max(widths[0], widths[1]) - 1)
    positive = (a.low or 0) >= 0 and (b.low or 0) >= 0
    return Interval(0 if positive else -top, top - 1, min(a.zeros, b.zeros))

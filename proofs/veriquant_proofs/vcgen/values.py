"""Symbolic values, and the two arithmetics that encode Python's integers for the solvers.

`IntTheory` is unbounded integer arithmetic with Python's floor division; bit operations become
division and remainder by constants where that is exact. `BvTheory` is 128-bit two's complement,
for kernels of bit tricks: every result is checked to lie in the 64-bit machine word before it is
used again, so that no 128-bit operation can wrap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import z3

from veriquant_spec.types import Range

Term = Any  # a z3 expression; the wheel carries no type information


class Unsupported(Exception):
    """A value or operation that a theory cannot express; the evaluator adds the place."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is known of an integer without a solver: bounds, and a power of two dividing it."""

    low: int | None = None
    high: int | None = None
    align: int = 0  # 2**align divides the value

    @staticmethod
    def of(bounds: Range | None) -> Span:
        return Span(bounds.low, bounds.high) if bounds else Span()

    def meet(self, bounds: Range | None) -> Span:
        if bounds is None:
            return self
        low = bounds.low if self.low is None else max(self.low, bounds.low)
        high = bounds.high if self.high is None else min(self.high, bounds.high)
        return Span(low, high, self.align)

    @property
    def known(self) -> bool:
        return self.low is not None and self.high is not None


@dataclass(frozen=True, slots=True)
class SInt:
    """An integer (or, in lemmas, a real where `real`)."""

    term: Term
    span: Span = Span()
    real: bool = False


@dataclass(frozen=True, slots=True)
class SBool:
    """A truth value."""

    term: Term


@dataclass(frozen=True, slots=True)
class SSeq:
    """A sequence: an array term, its length, the range of its elements.

    `total`: the array may be taken to be in range at every index. Otherwise only the elements
    within the length are, because the range was shown later than the array was made.
    """

    array: Term
    length: SInt
    bounds: Range | None
    total: bool = True


@dataclass(frozen=True, slots=True)
class SMat:
    """A sequence of sequences: array of arrays, row count, row lengths.

    `widths` is an array of lengths, or one integer term where all rows are equally long: solvers
    do not all take a constant array of a value that is not a literal.
    """

    array: Term
    rows: SInt
    widths: Term
    bounds: Range | None
    total: bool = True

    def width(self, index: Term) -> Term:
        """Length of row `index`."""
        return self.widths if z3.is_int(self.widths) else z3.Select(self.widths, index)


@dataclass(frozen=True, slots=True)
class STuple:
    """A tuple of values."""

    items: tuple[Value, ...]


Value = SInt | SBool | SSeq | SMat | STuple


class Theory(Protocol):
    """Arithmetic of one kernel. `ground` is false under a quantifier: no fresh constants there."""

    name: str

    def sort(self) -> Any: ...
    def constant(self, value: int) -> SInt: ...
    def variable(self, name: str, bounds: Range | None) -> SInt: ...
    def within(self, term: Term, bounds: Range) -> Term: ...
    def binary(self, op: str, a: SInt, b: SInt, ground: bool) -> SInt: ...
    def compare(self, op: str, a: SInt, b: SInt) -> Term: ...


def conjunction(terms: list[Term]) -> Term:
    """`And` without the one-argument form, which some solvers refuse."""
    terms = [t for t in terms if not z3.is_true(t)]
    if not terms:
        return z3.BoolVal(True)
    return terms[0] if len(terms) == 1 else z3.And(*terms)


def implies(guards: list[Term], term: Term) -> Term:
    """`guards => term`, plain `term` without guards."""
    return z3.Implies(conjunction(guards), term) if guards else term


def as_constant(value: SInt) -> int | None:
    """The value of a literal term."""
    span = value.span
    if span.known and span.low == span.high:
        return span.low
    return None


def add_spans(a: Span, b: Span) -> Span:
    low = None if a.low is None or b.low is None else a.low + b.low
    high = None if a.high is None or b.high is None else a.high + b.high
    return Span(low, high, min(a.align, b.align))


def negate_span(a: Span) -> Span:
    low = None if a.high is None else -a.high
    high = None if a.low is None else -a.low
    return Span(low, high, a.align)


def multiply_spans(a: Span, b: Span) -> Span:
    align = a.align + b.align
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return Span(None, None, align)
    corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return Span(min(corners), max(corners), align)


def _alignment(value: int) -> int:
    return 64 if value == 0 else (value & -value).bit_length() - 1


class IntTheory:
    """Unbounded integers. `assume` receives the defining facts of fresh constants."""

    name = "int"

    def __init__(self, assume: Callable[[Term], None], fresh: Callable[[str], str]) -> None:
        self._assume = assume
        self._fresh = fresh
        self._quotients: dict[tuple[int, int], tuple[Term, Term]] = {}

    def sort(self) -> Any:
        return z3.IntSort()

    def constant(self, value: int) -> SInt:
        return SInt(z3.IntVal(value), Span(value, value, _alignment(value)))

    def variable(self, name: str, bounds: Range | None) -> SInt:
        return SInt(z3.Int(name), Span.of(bounds))

    def within(self, term: Term, bounds: Range) -> Term:
        return z3.And(z3.IntVal(bounds.low) <= term, term <= z3.IntVal(bounds.high))

    def compare(self, op: str, a: SInt, b: SInt) -> Term:
        x, y = a.term, b.term
        if a.real != b.real:
            x = x if a.real else z3.ToReal(x)
            y = y if b.real else z3.ToReal(y)
        table = {"==": x == y, "!=": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}
        return table[op]

    def binary(self, op: str, a: SInt, b: SInt, ground: bool) -> SInt:
        if a.real or b.real:
            return self._real(op, a, b)
        ca, cb = as_constant(a), as_constant(b)
        if op == "+":
            return SInt(a.term + b.term, add_spans(a.span, b.span))
        if op == "-":
            return SInt(a.term - b.term, add_spans(a.span, negate_span(b.span)))
        if op == "*":
            return SInt(a.term * b.term, multiply_spans(a.span, b.span))
        if op in ("//", "%"):
            return self._divide(op, a, b, cb, ground)
        if op in ("<<", ">>"):
            return self._shift(op, a, b, cb, ground)
        if op == "&" and ca is not None and cb is None:
            return self._mask(b, ca)
        if op == "&" and cb is not None:
            return self._mask(a, cb)
        if op not in ("&", "|", "^"):
            raise Unsupported(f"operator `{op}` on integers")
        if op != "&":
            for x, y in ((a, b), (b, a)):
                if _disjoint(x.span, y.span):
                    return SInt(x.term + y.term, add_spans(x.span, y.span))
        return self._uninterpreted(op, a, b)

    def _real(self, op: str, a: SInt, b: SInt) -> SInt:
        x = a.term if a.real else z3.ToReal(a.term)
        y = b.term if b.real else z3.ToReal(b.term)
        terms = {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y, "/": lambda: x / y}
        if op not in terms:
            raise Unsupported(f"operator `{op}` on rationals")
        return SInt(terms[op](), real=True)

    def _divide(self, op: str, a: SInt, b: SInt, divisor: int | None, ground: bool) -> SInt:
        """Python's floor division. SMT-LIB's `div` and `mod` agree for positive divisors."""
        if divisor is not None and divisor > 0:
            if op == "%":
                low_bits = _alignment(divisor) if divisor.bit_count() == 1 else 0
                keep = min(a.span.align, low_bits)
                return SInt(a.term % divisor, Span(0, divisor - 1, keep))
            span = a.span
            low = None if span.low is None else span.low // divisor
            high = None if span.high is None else span.high // divisor
            return SInt(a.term / divisor, Span(low, high))
        if not ground:
            floor = z3.If(b.term > 0, a.term / b.term, (-a.term) / (-b.term))
            return SInt(floor if op == "//" else a.term - floor * b.term)
        key = (a.term.get_id(), b.term.get_id())
        if key not in self._quotients:
            quotient, rest = z3.Int(self._fresh("quotient")), z3.Int(self._fresh("remainder"))
            self._quotients[key] = (quotient, rest)
            self._keep = (*getattr(self, "_keep", ()), a.term, b.term)  # ids stay taken
        quotient, rest = self._quotients[key]
        self._assume(z3.Implies(b.term != 0, a.term == quotient * b.term + rest))
        self._assume(z3.Implies(b.term > 0, z3.And(rest >= 0, rest < b.term)))
        self._assume(z3.Implies(b.term < 0, z3.And(b.term < rest, rest <= 0)))
        return SInt(quotient if op == "//" else rest)

    def _shift(self, op: str, a: SInt, b: SInt, amount: int | None, ground: bool) -> SInt:
        if amount is not None and amount >= 0:
            power = self.constant(2**amount)
            return self.binary("*" if op == "<<" else "//", a, power, True)
        span = b.span
        if span.low is None or span.high is None or span.high - span.low > 64:
            return self._uninterpreted(op, a, b)
        # An uninterpreted function with its value at these arguments: equal arguments then give
        # equal results without arithmetic. Amounts outside the known span cannot occur; the last
        # branch leaves their result open. Under a quantifier the function stands alone.
        whole = self._uninterpreted(op, a, b).term
        term = whole
        low = high = None
        for n in range(max(span.low, 0), span.high + 1):
            part = self._shift(op, a, self.constant(n), n, ground)
            term = z3.If(b.term == n, part.term, term)
            if part.span.low is not None and part.span.high is not None:
                low = part.span.low if low is None else min(low, part.span.low)
                high = part.span.high if high is None else max(high, part.span.high)
        if ground:
            self._assume(whole == term)
        return SInt(whole, Span(low, high))

    def _mask(self, a: SInt, mask: int) -> SInt:
        """`a & mask` as remainders: exact for every integer, negative ones included."""
        if mask < 0:
            return self._uninterpreted("&", a, self.constant(mask))
        total: Term | None = None
        position = 0
        rest = mask
        while rest:
            skip = _alignment(rest)
            rest >>= skip
            position += skip
            width = _alignment(rest + 1)
            shifted = a.term / 2**position if position else a.term
            part = shifted % 2**width
            part = part * 2**position if position else part
            total = part if total is None else total + part
            rest >>= width
            position += width
        if total is None:
            return self.constant(0)
        return SInt(total, Span(0, mask, _alignment(mask)))

    def _uninterpreted(self, op: str, a: SInt, b: SInt) -> SInt:
        """A function nothing is known of but its arguments: sound, and usually leads to unknown."""
        return SInt(bit_function(op)(a.term, b.term))


def bit_function(op: str) -> Any:
    """The uninterpreted function that stands for a bit operation."""
    names = {"&": "and", "|": "or", "^": "xor", "<<": "left", ">>": "right"}
    return z3.Function(f"bits.{names[op]}", *[z3.IntSort()] * 3)  # no Python name has a dot


def shift_axioms(limit: int) -> list[Term]:
    """What the shift functions mean, for every operand and each amount up to `limit`."""
    x = z3.Int("x?")
    found = []
    for n in range(limit + 1):
        for op, value in (("<<", x * 2**n), (">>", x / 2**n)):
            term = bit_function(op)(x, n)
            found.append(z3.ForAll([x], term == value, patterns=[term]))
    return found


def _disjoint(small: Span, aligned: Span) -> bool:
    """`small` lies in `0 .. 2**align - 1` of the other: no bit is set in both."""
    return (
        small.low is not None
        and small.high is not None
        and small.low >= 0
        and small.high < 2**aligned.align
    )


class BvTheory:
    """128-bit two's complement for values checked to fit 64 bits after every operation."""

    name = "bv"
    width = 128

    def sort(self) -> Any:
        return z3.BitVecSort(self.width)

    def constant(self, value: int) -> SInt:
        return SInt(self._literal(value), Span(value, value, _alignment(value)))

    def _literal(self, value: int) -> Term:
        if not -(2 ** (self.width - 1)) <= value < 2 ** (self.width - 1):
            raise Unsupported(f"{value} does not fit a vector of {self.width} bits")
        return z3.BitVecVal(value, self.width)

    def variable(self, name: str, bounds: Range | None) -> SInt:
        return SInt(z3.BitVec(name, self.width), Span.of(bounds))

    def within(self, term: Term, bounds: Range) -> Term:
        low, high = (self._literal(v) for v in bounds)
        return z3.And(low <= term, term <= high)

    def compare(self, op: str, a: SInt, b: SInt) -> Term:
        x, y = a.term, b.term
        table = {"==": x == y, "!=": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}
        return table[op]

    def binary(self, op: str, a: SInt, b: SInt, ground: bool) -> SInt:
        ca, cb = as_constant(a), as_constant(b)
        if ca is not None and cb is not None:
            return self.constant(fold(op, ca, cb))
        x, y = a.term, b.term
        table: dict[str, Callable[[], Term]] = {
            "+": lambda: x + y,
            "-": lambda: x - y,
            "*": lambda: x * y,
            "&": lambda: x & y,
            "|": lambda: x | y,
            "^": lambda: x ^ y,
            "<<": lambda: x << y,
            ">>": lambda: x >> y,  # arithmetic, as Python's
        }
        if op in table:
            return SInt(table[op]())
        raise Unsupported(f"operator `{op}` in a bit-vector kernel")


def fold(op: str, a: int, b: int) -> int:
    """Python's value of an operation on literals."""
    table: dict[str, Callable[[], int]] = {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "//": lambda: a // b,
        "%": lambda: a % b,
        "&": lambda: a & b,
        "|": lambda: a | b,
        "^": lambda: a ^ b,
        "<<": lambda: a << b,
        ">>": lambda: a >> b,
        "**": lambda: int(a**b),
    }
    return table[op]()

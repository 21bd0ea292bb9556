"""Python's integer operations in terms that every solver has: `+ - * div mod`, cases, functions.

Division by anything but a positive literal becomes a quotient and a remainder with their defining
facts; shifts become multiplications and divisions by powers of two; bit operations become sums of
bits, or plain sums where the operands have no bit in common. The facts hold whatever the program
does, so they may be added to any obligation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from veriquant_proofs.core.syntax import Operator, Quantor, Relation
from veriquant_proofs.obligations.formula import (
    ONE,
    ZERO,
    Apply,
    Arithmetic,
    Choice,
    Compare,
    Number,
    Quantifier,
    Signature,
    Sort,
    Symbol,
    Term,
    add,
    at_most,
    below,
    choice,
    conjunction,
    disjunction,
    equal,
    implication,
    rebuilt,
    sort_of,
    symbols,
)
from veriquant_proofs.obligations.intervals import Interval, interval, trailing_zeros

#: A shift by an unknown amount is written out for at most this many amounts.
SHIFT_CASES = 64

#: Operands of at most this many bits are combined bit by bit.
BIT_LIMIT = 64

FUNCTIONS = {
    Operator.BIT_AND: "bits.and",
    Operator.BIT_OR: "bits.or",
    Operator.BIT_XOR: "bits.xor",
    Operator.SHIFT_LEFT: "bits.left",
    Operator.SHIFT_RIGHT: "bits.right",
}


@dataclass(frozen=True, slots=True)
class Lowered:
    """A term without Python's operations, and the facts that say what its new symbols are."""

    term: Term
    facts: tuple[Term, ...] = ()


@dataclass(slots=True)
class Lowering:
    """Lowers the terms of one function; equal operations get equal symbols."""

    fresh: Callable[[str], str]
    _known: dict[Term, Lowered] = field(default_factory=dict)
    _quotients: dict[tuple[Term, Term], tuple[Symbol, Symbol]] = field(default_factory=dict)
    _shared: dict[Term, Symbol] = field(default_factory=dict)

    def lower(self, term: Term, bound: frozenset[Symbol] = frozenset()) -> Lowered:
        """The term lowered; `bound`: quantified variables around it."""
        if not bound and term in self._known:
            return self._known[term]
        facts: dict[Term, None] = {}
        new: Term

        def inner(part: Term, bound: frozenset[Symbol] = bound) -> Term:
            found = self.lower(part, bound)
            facts.update(dict.fromkeys(found.facts))
            return found.term

        match term:
            case Quantifier(variables=variables):
                new = rebuilt(term, lambda part: inner(part, bound | set(variables)))
            case Arithmetic(operator=operator, left=left, right=right) if (
                sort_of(left) is Sort.INT and operator not in _NATIVE
            ):
                a, b = inner(left), inner(right)
                spans = interval(left), interval(right)
                found = self._operation(operator, a, b, spans, bound)
                facts.update(dict.fromkeys(found.facts))
                new = found.term
            case _:
                new = rebuilt(term, inner)
        lowered = Lowered(new, tuple(facts))
        if not bound:
            self._known[term] = lowered
        return lowered

    def _operation(
        self,
        operator: Operator,
        a: Term,
        b: Term,
        spans: tuple[Interval, Interval],
        bound: frozenset[Symbol],
    ) -> Lowered:
        if operator in (Operator.FLOOR_DIV, Operator.MOD):
            return self._divide(operator, a, b, bound)
        if operator in (Operator.SHIFT_LEFT, Operator.SHIFT_RIGHT):
            return self._shift(operator, a, b, spans[1], bound)
        return self._bitwise(operator, a, b, spans, bound)

    def _divide(self, operator: Operator, a: Term, b: Term, bound: frozenset[Symbol]) -> Lowered:
        """Floor division: SMT-LIB's `div` and `mod` agree with it for positive divisors."""
        if isinstance(b, Number) and b.value > 0:
            return Lowered(Arithmetic(operator, a, b))
        if bound & (symbols(a) | symbols(b)):
            flipped = Arithmetic(Operator.FLOOR_DIV, _negated(a), _negated(b))
            floor = choice(below(ZERO, b), Arithmetic(Operator.FLOOR_DIV, a, b), flipped)
            if operator is Operator.FLOOR_DIV:
                return Lowered(floor)
            product = Arithmetic(Operator.MUL, floor, b)
            return Lowered(Arithmetic(Operator.SUB, a, product))
        if (a, b) not in self._quotients:
            names = (self.fresh("quotient"), self.fresh("remainder"))
            self._quotients[a, b] = (Symbol(names[0], Sort.INT), Symbol(names[1], Sort.INT))
        quotient, rest = self._quotients[a, b]
        whole = add(Arithmetic(Operator.MUL, quotient, b), rest)
        positive, negative = below(ZERO, b), below(b, ZERO)
        facts = (
            implication(Compare(Relation.NE, b, ZERO), equal(a, whole)),
            implication(positive, conjunction([at_most(ZERO, rest), below(rest, b)])),
            implication(negative, conjunction([below(b, rest), at_most(rest, ZERO)])),
        )
        return Lowered(quotient if operator is Operator.FLOOR_DIV else rest, facts)

    def _shift(
        self,
        operator: Operator,
        a: Term,
        b: Term,
        amounts: Interval,
        bound: frozenset[Symbol],
    ) -> Lowered:
        if isinstance(b, Number) and b.value >= 0:
            return Lowered(_shifted(operator, a, b.value))
        # A function with its value at these arguments: equal arguments then give equal results
        # without arithmetic. Amounts outside the interval have no meaning, and get none; of more
        # than `SHIFT_CASES` the least are written out (a 64-bit word has no others).
        whole = function(operator, a, b)
        if bound & (symbols(a) | symbols(b)):
            return Lowered(whole)
        value: Term = whole
        low = max(amounts.low or 0, 0)
        high = low + SHIFT_CASES if amounts.high is None else amounts.high
        for n in range(low, min(high + 1, low + SHIFT_CASES)):
            value = Choice(equal(b, Number(n)), _shifted(operator, a, n), value)
        return Lowered(whole, (equal(whole, value),))

    def _bitwise(
        self,
        operator: Operator,
        a: Term,
        b: Term,
        spans: tuple[Interval, Interval],
        bound: frozenset[Symbol],
    ) -> Lowered:
        for x, y in ((a, b), (b, a)):
            if operator is Operator.BIT_AND and isinstance(x, Number) and x.value >= 0:
                return Lowered(_masked(y, x.value))
        apart = _disjoint(*spans) or _disjoint(spans[1], spans[0])
        if apart and operator is not Operator.BIT_AND:
            return Lowered(add(a, b))
        widths = (spans[0].width, spans[1].width)
        if widths[0] is None or widths[1] is None or max(widths[0], widths[1]) > BIT_LIMIT + 1:
            return Lowered(function(operator, a, b))
        facts: list[Term] = []
        if not bound:
            a, b = self._share(a, facts), self._share(b, facts)
        return Lowered(_by_bits(operator, a, b, max(widths[0], widths[1]) - 1), tuple(facts))

    def _share(self, term: Term, facts: list[Term]) -> Term:
        """A symbol for a term that is written out many times."""
        if isinstance(term, Symbol | Number):
            return term
        if term not in self._shared:
            self._shared[term] = Symbol(self.fresh("word"), Sort.INT)
        facts.append(equal(self._shared[term], term))
        return self._shared[term]


_NATIVE = frozenset({Operator.ADD, Operator.SUB, Operator.MUL, Operator.TRUE_DIV})


def function(operator: Operator, a: Term, b: Term) -> Term:
    """A bit operation as a function of which nothing is known but its arguments."""
    return Apply(Signature(FUNCTIONS[operator], (None, None), Sort.INT), (a, b))


def _disjoint(small: Interval, aligned: Interval) -> bool:
    """No bit is set in both: `small` lies below the lowest bit of the other."""
    if small.low is None or small.high is None:
        return False
    return small.low >= 0 and small.high < 2**aligned.zeros


def _negated(term: Term) -> Term:
    return Arithmetic(Operator.SUB, ZERO, term)


def _times(term: Term, factor: int) -> Term:
    return term if factor == 1 else Arithmetic(Operator.MUL, term, Number(factor))


def _shifted(operator: Operator, a: Term, amount: int) -> Term:
    if amount == 0:
        return a
    if operator is Operator.SHIFT_LEFT:
        return _times(a, 2**amount)
    return Arithmetic(Operator.FLOOR_DIV, a, Number(2**amount))


def _masked(term: Term, mask: int) -> Term:
    """`term & mask` as remainders, one for each run of ones: exact for every integer."""
    parts: list[Term] = []
    position = 0
    while mask:
        skip = trailing_zeros(mask)
        mask >>= skip
        position += skip
        width = trailing_zeros(mask + 1)
        shifted = _shifted(Operator.SHIFT_RIGHT, term, position)
        part = Arithmetic(Operator.MOD, shifted, Number(2**width))
        parts.append(_times(part, 2**position))
        mask >>= width
        position += width
    return _sum(parts)


def _sum(parts: list[Term]) -> Term:
    total: Term = parts[0] if parts else ZERO
    for part in parts[1:]:
        total = add(total, part)
    return total


def _by_bits(operator: Operator, a: Term, b: Term, count: int) -> Term:
    """Two's complement words of `count` bits and a sign, combined bit by bit."""

    def bit(term: Term, position: int) -> Term:
        shifted = _shifted(Operator.SHIFT_RIGHT, term, position)
        return equal(Arithmetic(Operator.MOD, shifted, Number(2)), ONE)

    def combined(x: Term, y: Term) -> Term:
        if operator is Operator.BIT_AND:
            return conjunction([x, y])
        if operator is Operator.BIT_OR:
            return disjunction([x, y])
        return Compare(Relation.NE, x, y)

    parts: list[Term] = []
    for position in range(count):
        test = combined(bit(a, position), bit(b, position))
        parts.append(choice(test, Number(2**position), ZERO))
    sign = combined(below(a, ZERO), below(b, ZERO))
    parts.append(choice(sign, Number(-(2**count)), ZERO))
    return _sum(parts)


def shift_meanings(limit: int) -> list[Term]:
    """What the shift functions mean, for every operand and each amount up to `limit`: a search for
    a witness states it, so that it holds under quantifiers too."""
    x = Symbol("x?0", Sort.INT)
    found: list[Term] = []
    for n in range(limit + 1):
        for operator in (Operator.SHIFT_LEFT, Operator.SHIFT_RIGHT):
            term = function(operator, x, Number(n))
            whole = equal(term, _shifted(operator, x, n))
            found.append(Quantifier(Quantor.ALL, (x,), whole, (term,)))
    return found

"""Terms of numbers: negation, the least and greatest, comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from veriquant_proofs.core.syntax import Operator, Pick, Relation
from veriquant_proofs.obligations.formula import (
    ZERO,
    Arithmetic,
    Compare,
    Number,
    Rational,
    Sort,
    Term,
    Truth,
    choice,
    sort_of,
)


def zero_like(term: Term) -> Term:
    """Zero of the term's sort."""
    return Rational(Fraction(0)) if sort_of(term) is Sort.REAL else ZERO


def negated(term: Term) -> Term:
    """`-term`."""
    if isinstance(term, Number):
        return Number(-term.value)
    return Arithmetic(Operator.SUB, zero_like(term), term)


def extreme(pick: Pick, terms: Sequence[Term]) -> Term:
    """Python returns the first of equals, which is the same number."""
    relation = Relation.LE if pick is Pick.MIN else Relation.GE
    found = terms[0]
    for term in terms[1:]:
        found = choice(Compare(relation, found, term), found, term)
    return found


def compared(relation: Relation, left: Term, right: Term) -> Term:
    """A comparison; of literals it is decided at once."""
    if isinstance(left, Number) and isinstance(right, Number):
        a, b = left.value, right.value
        table = {
            Relation.EQ: a == b,
            Relation.NE: a != b,
            Relation.LT: a < b,
            Relation.LE: a <= b,
            Relation.GT: a > b,
            Relation.GE: a >= b,
        }
        return Truth(table[relation])
    return Compare(relation, left, right)

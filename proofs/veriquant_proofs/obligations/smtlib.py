"""Formulas as SMT-LIB 2 text: over the integers, or as bit vectors wide enough never to wrap."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from veriquant_proofs.core.syntax import Operator, Quantor, Relation
from veriquant_proofs.obligations.formula import (
    All,
    Any,
    Apply,
    Arithmetic,
    Choice,
    Compare,
    Constant,
    Implication,
    Negation,
    Number,
    Quantifier,
    Rational,
    Real,
    Select,
    Stored,
    Symbol,
    Term,
    Truth,
    sort_of,
    subterms,
)
from veriquant_spec.types import Range

#: Ranges with longer bounds are given a name once and used by it.
NAMED_FROM = 2**31

OPERATORS = {
    Operator.ADD: "+",
    Operator.SUB: "-",
    Operator.MUL: "*",
    Operator.FLOOR_DIV: "div",
    Operator.MOD: "mod",
    Operator.TRUE_DIV: "/",
}

_SIMPLE = re.compile(r"[A-Za-z_~!@$%^&*+=<>?/-][A-Za-z0-9_~!@$%^&*+=<>.?/-]*", re.ASCII)


def quoted(name: str) -> str:
    """A name as an SMT-LIB symbol. Names of this generator hold no `|` and no backslash."""
    return name if _SIMPLE.fullmatch(name) else f"|{name}|"


def numeral(value: int) -> str:
    """An integer."""
    return str(value) if value >= 0 else f"(- {-value})"


@dataclass(frozen=True, slots=True)
class Assertion:
    """One term's text and the declarations that it needs, in order of appearance."""

    text: str
    declarations: tuple[str, ...]


def script(assertions: Iterable[Assertion]) -> str:
    """A whole script: declarations, one assert each, and the question."""
    found = list(assertions)
    declarations = dict.fromkeys(d for a in found for d in a.declarations)
    lines = ["(set-logic ALL)", *declarations]
    lines += [f"(assert {a.text})" for a in found]
    return "\n".join([*lines, "(check-sat)"]) + "\n"


@dataclass(slots=True)
class IntegerPrinter:
    """Terms over unbounded integers. They are lowered: no Python operation is left in them."""

    _texts: dict[int, tuple[Term, Assertion]] = field(default_factory=dict)

    def assertion(self, term: Term) -> Assertion:
        """A formula's text; asked again for the same object, it is not printed again."""
        known = self._texts.get(id(term))
        if known is None:
            known = (term, Assertion(self.text(term), tuple(self._declared(term))))
            self._texts[id(term)] = known  # holds the term: its id stays taken
        return known[1]

    def _declared(self, term: Term) -> Iterable[str]:
        bound: set[Symbol] = set()
        names: dict[str, str] = {}
        for part in subterms(term):
            match part:
                case Quantifier(variables=variables):
                    bound.update(variables)
                case Symbol(name=name, sort=sort):
                    names[name] = f"(declare-const {quoted(name)} {sort.value})"
                case Apply(function=function):
                    sorts = " ".join(sort_of(a).value for a in part.arguments)
                    head = f"(declare-fun {quoted(function.name)} ({sorts})"
                    names[function.name] = f"{head} {function.result.value})"
                case All():
                    named = _named_range(part)
                    if named is not None:
                        bounds = f"(<= {numeral(named[0].low)} x {numeral(named[0].high)})"
                        name = range_name(named[0])
                        names[name] = f"(define-fun {name} ((x Int)) Bool {bounds})"
        for symbol in bound:
            names.pop(symbol.name, None)
        return [names[name] for name in sorted(names)]

    def text(self, term: Term) -> str:
        """A term."""
        text = self.text
        match term:
            case Number(value=value):
                return numeral(value)
            case Rational(value=value):
                return _rational(value)
            case Truth(value=value):
                return "true" if value else "false"
            case Symbol(name=name):
                return quoted(name)
            case Apply(function=function, arguments=arguments):
                return _form(quoted(function.name), [text(a) for a in arguments])
            case Arithmetic(operator=operator, left=left, right=right):
                return f"({OPERATORS[operator]} {text(left)} {text(right)})"
            case Real(operand=operand):
                return f"(to_real {text(operand)})"
            case Compare(relation=relation, left=left, right=right):
                return _compared(relation, text(left), text(right))
            case All():
                return self._conjunction(term)
            case Any(parts=parts):
                return _form("or", [text(p) for p in parts])
            case Negation(operand=operand):
                return f"(not {text(operand)})"
            case Implication(left=left, right=right):
                return f"(=> {text(left)} {text(right)})"
            case Choice(test=test, yes=yes, no=no):
                return f"(ite {text(test)} {text(yes)} {text(no)})"
            case Select(array=array, index=index):
                return f"(select {text(array)} {text(index)})"
            case Stored(array=array, index=index, value=stored):
                return f"(store {text(array)} {text(index)} {text(stored)})"
            case Constant(value=filler, sort=sort):
                return f"((as const {sort.value}) {text(filler)})"
            case Quantifier():
                return self._quantifier(term)
        assert_never(term)

    def _conjunction(self, term: All) -> str:
        named = _named_range(term)
        if named is not None:
            return f"({range_name(named[0])} {self.text(named[1])})"
        if len(term.parts) == 2:
            match term.parts:
                case (
                    Compare(relation=Relation.LE, left=low, right=middle),
                    Compare(relation=Relation.LE | Relation.LT as last, left=again, right=high),
                ) if middle == again:
                    if last is Relation.LE:
                        return f"(<= {self.text(low)} {self.text(middle)} {self.text(high)})"
        return _form("and", [self.text(p) for p in term.parts])

    def _quantifier(self, term: Quantifier) -> str:
        word = "forall" if term.quantor is Quantor.ALL else "exists"
        variables = " ".join(f"({quoted(v.name)} {v.sort.value})" for v in term.variables)
        body = self.text(term.body)
        if term.patterns:
            body = f"(! {body}" + "".join(f" :pattern ({self.text(p)})" for p in term.patterns)
            body += ")"
        return f"({word} ({variables}) {body})"


def range_name(bounds: Range) -> str:
    """The name of a long range: what it is, in powers of two."""
    return f"|{bounds}|"


def _named_range(term: All) -> tuple[Range, Term] | None:
    """The bounds and the middle of `low <= x <= high`, where the bounds are long."""
    match term.parts:
        case (
            Compare(relation=Relation.LE, left=Number(value=low), right=middle),
            Compare(relation=Relation.LE, left=again, right=Number(value=high)),
        ) if middle == again and max(abs(low), abs(high)) >= NAMED_FROM:
            return Range(low, high), middle
    return None


def _form(head: str, parts: list[str]) -> str:
    return f"({head} {' '.join(parts)})" if parts else head


def _compared(relation: Relation, left: str, right: str) -> str:
    if relation is Relation.NE:
        return f"(not (= {left} {right}))"
    symbol = "=" if relation is Relation.EQ else relation.value
    return f"({symbol} {left} {right})"


def _rational(value: Fraction) -> str:
    top = numeral(value.numerator).replace(str(abs(value.numerator)), f"{abs(value.numerator)}.0")
    return top if value.denominator == 1 else f"(/ {top} {value.denominator}.0)"

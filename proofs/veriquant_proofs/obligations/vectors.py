"""Formulas as bit vectors, exactly: each term gets a vector wide enough for all its values.

A term's interval follows from its symbols' declared ranges; operands are sign-extended until the
result cannot wrap. So a contract means in vectors what it means in the integers, whatever literals
stand in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from veriquant_proofs.core.syntax import Operator, Relation
from veriquant_proofs.obligations.formula import (
    All,
    Any,
    Apply,
    Arithmetic,
    Choice,
    Compare,
    Implication,
    Negation,
    Number,
    Sort,
    Symbol,
    Term,
    Truth,
    sort_of,
    subterms,
)
from veriquant_proofs.obligations.intervals import Interval, exactly, interval
from veriquant_proofs.obligations.smtlib import Assertion, quoted
from veriquant_spec.types import Range

#: Vectors wider than this are refused: no kernel needs them, and no solver decides them.
WIDTH_LIMIT = 1024


class NoVectorError(Exception):
    """A term without a vector: an integer without a declared range, an array, a quantifier."""


@dataclass(frozen=True, slots=True)
class _Vector:
    text: str
    width: int


def vector_width(bounds: Range) -> int:
    """Bits of a symbol of that range."""
    width = Interval(bounds.low, bounds.high).width
    assert width is not None
    return width


@dataclass(slots=True)
class VectorPrinter:
    """Terms over two's complement vectors."""

    _texts: dict[int, tuple[Term, Assertion]] = field(default_factory=dict)

    def assertion(self, term: Term) -> Assertion:
        """A formula's text and declarations. Raises NoVectorError."""
        known = self._texts.get(id(term))
        if known is None:
            known = (term, Assertion(self.truth(term), tuple(self._declared(term))))
            self._texts[id(term)] = known
        return known[1]

    def _declared(self, term: Term) -> Iterable[str]:
        names: dict[str, str] = {}
        for part in subterms(term):
            match part:
                case Symbol(name=name, sort=Sort.BOOL):
                    names[name] = f"(declare-const {quoted(name)} Bool)"
                case Symbol(name=name, sort=Sort.INT, range=bounds):
                    assert bounds is not None
                    width = vector_width(bounds)
                    names[name] = f"(declare-const {quoted(name)} (_ BitVec {width}))"
                case Apply(function=function):
                    sorts = " ".join(
                        _vector_sort(bounds) if sort_of(argument) is Sort.INT else "Bool"
                        for argument, bounds in zip(part.arguments, function.ranges, strict=True)
                    )
                    result = (
                        "Bool" if function.result is Sort.BOOL else _vector_sort(function.range)
                    )
                    head = f"(declare-fun {quoted(function.name)} ({sorts})"
                    names[function.name] = f"{head} {result})"
        return [names[name] for name in sorted(names)]

    def truth(self, term: Term) -> str:
        """A formula."""
        truth = self.truth
        match term:
            case Truth(value=value):
                return "true" if value else "false"
            case Symbol(name=name, sort=Sort.BOOL):
                return quoted(name)
            case Apply():
                return self._application(term)
            case Compare():
                return self._compared(term)
            case All(parts=parts):
                return f"(and {' '.join(truth(p) for p in parts)})"
            case Any(parts=parts):
                return f"(or {' '.join(truth(p) for p in parts)})"
            case Negation(operand=operand):
                return f"(not {truth(operand)})"
            case Implication(left=left, right=right):
                return f"(=> {truth(left)} {truth(right)})"
            case Choice(test=test, yes=yes, no=no):
                return f"(ite {truth(test)} {truth(yes)} {truth(no)})"
        raise NoVectorError(f"{type(term).__name__.lower()} in a bit-vector function")

    def _compared(self, term: Compare) -> str:
        if sort_of(term.left) is Sort.BOOL:
            text = f"(= {self.truth(term.left)} {self.truth(term.right)})"
        else:
            a, b = self.vector(term.left), self.vector(term.right)
            width = max(a.width, b.width)
            head = _RELATIONS[term.relation]
            text = f"({head} {_extended(a, width)} {_extended(b, width)})"
        return f"(not {text})" if term.relation is Relation.NE else text

    def vector(self, term: Term) -> _Vector:
        """An integer term."""
        match term:
            case Number(value=value):
                width = exactly(value).width
                assert width is not None
                return _literal(value, width)
            case Symbol(name=name, range=bounds) if bounds is not None:
                return _Vector(quoted(name), vector_width(bounds))
            case Apply(function=function) if function.range is not None:
                return _Vector(self._application(term), vector_width(function.range))
            case Choice(test=test, yes=yes, no=no):
                a, b = self.vector(yes), self.vector(no)
                width = max(a.width, b.width)
                parts = f"{_extended(a, width)} {_extended(b, width)}"
                return _Vector(f"(ite {self.truth(test)} {parts})", width)
            case Arithmetic():
                return self._operation(term)
        raise NoVectorError(
            f"{type(term).__name__.lower()} without a range in a bit-vector function"
        )

    def _operation(self, term: Arithmetic) -> _Vector:
        a, b = self.vector(term.left), self.vector(term.right)
        needed = interval(term).width
        if needed is None:
            raise NoVectorError("an operation without bounds in a bit-vector function")
        # A width that holds both operands and the result: modulo 2**width is then exact.
        width = max(a.width, b.width, needed) + int(term.operator in _DIVISIONS)
        if width > WIDTH_LIMIT:
            raise NoVectorError(
                f"an operation needs {width} bits, the limit is {WIDTH_LIMIT}: give its operands "
                "(a shift's amount above all) types of a smaller range"
            )
        x, y = _extended(a, width), _extended(b, width)
        if term.operator is Operator.FLOOR_DIV:  # bvsmod has the divisor's sign, as Python's `%`
            return _Vector(f"(bvsdiv (bvsub {x} (bvsmod {x} {y})) {y})", width)
        return _narrowed(_Vector(f"({_OPERATIONS[term.operator]} {x} {y})", width), needed)

    def _application(self, term: Apply) -> str:
        """A function's value; an argument is cut to its declared range, in which calls have it."""
        parts = []
        for argument, bounds in zip(term.arguments, term.function.ranges, strict=True):
            if sort_of(argument) is not Sort.INT:
                parts.append(self.truth(argument))
                continue
            if bounds is None:
                raise NoVectorError(f"{term.function.name} takes integers without a range")
            vector, width = self.vector(argument), vector_width(bounds)
            cut = _narrowed(vector, width)
            parts.append(_extended(cut, width))
        name = quoted(term.function.name)
        return f"({name} {' '.join(parts)})" if parts else name


_DIVISIONS = (Operator.FLOOR_DIV, Operator.MOD)

_OPERATIONS = {
    Operator.ADD: "bvadd",
    Operator.SUB: "bvsub",
    Operator.MUL: "bvmul",
    Operator.MOD: "bvsmod",
    Operator.SHIFT_LEFT: "bvshl",
    Operator.SHIFT_RIGHT: "bvashr",  # arithmetic, as Python's
    Operator.BIT_AND: "bvand",
    Operator.BIT_OR: "bvor",
    Operator.BIT_XOR: "bvxor",
}

_RELATIONS = {
    Relation.EQ: "=",
    Relation.NE: "=",
    Relation.LT: "bvslt",
    Relation.LE: "bvsle",
    Relation.GT: "bvsgt",
    Relation.GE: "bvsge",
}


def _vector_sort(bounds: Range | None) -> str:
    if bounds is None:
        raise NoVectorError("a call with integers without a range in a bit-vector function")
    return f"(_ BitVec {vector_width(bounds)})"


def _literal(value: int, width: int) -> _Vector:
    return _Vector(f"(_ bv{value % 2**width} {width})", width)


def _extended(vector: _Vector, width: int) -> str:
    if vector.width == width:
        return vector.text
    if vector.text.startswith("(_ bv"):
        number = int(vector.text.split()[1].removeprefix("bv"))
        signed = number - 2**vector.width if number >= 2 ** (vector.width - 1) else number
        return _literal(signed, width).text
    return f"((_ sign_extend {width - vector.width}) {vector.text})"


def _narrowed(vector: _Vector, width: int) -> _Vector:
    """Without upper bits that only repeat the sign."""
    if vector.width <= width:
        return vector
    return _Vector(f"((_ extract {width - 1} 0) {vector.text})", width)

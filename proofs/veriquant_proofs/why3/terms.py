"""Specification expressions as Why3 terms and formulas: arithmetic is that of the integers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from veriquant_proofs.core.syntax import (
    Absolute,
    Binary,
    BoolLiteral,
    Call,
    Comparison,
    Conditional,
    Connective,
    Display,
    Element,
    Expr,
    Extreme,
    Filled,
    IntLiteral,
    Junction,
    Length,
    LogicCall,
    Negate,
    Not,
    Old,
    Operator,
    Pick,
    Project,
    Quantified,
    Quantor,
    RealLiteral,
    Relation,
    ToReal,
    TupleOf,
    Variable,
)
from veriquant_proofs.core.types import BoolType, RealType, TupleType
from veriquant_proofs.core.typing import type_of
from veriquant_proofs.why3 import names

AND, OR = " /\\ ", " \\/ "

RELATIONS = {
    Relation.EQ: "=",
    Relation.NE: "<>",
    Relation.LT: "<",
    Relation.LE: "<=",
    Relation.GT: ">",
    Relation.GE: ">=",
}

INTEGER = {Operator.ADD: "+", Operator.SUB: "-", Operator.MUL: "*"}

RATIONAL = {Operator.ADD: "+.", Operator.SUB: "-.", Operator.MUL: "*.", Operator.TRUE_DIV: "/."}


class NotExportableError(Exception):
    """A construct that the printer has no WhyML for."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Prints specification; `values` are texts that stand for variables."""

    values: Mapping[str, str] = field(default_factory=dict)

    def having(self, values: Mapping[str, str]) -> Terms:
        """The same printer where some variables stand for other texts."""
        return Terms({**self.values, **values})

    def text(self, expr: Expr) -> str:
        """A term or formula, in parentheses where it needs them."""
        text = self.text
        match expr:
            case IntLiteral(value=value):
                return names.number(value)
            case RealLiteral(value=value):
                return f"({value.numerator}.0 /. {value.denominator}.0)"
            case BoolLiteral(value=value):
                return "true" if value else "false"
            case Variable(name=name):
                return self.values.get(name, names.variable(name))
            case Old(name=name):
                return f"(old {names.variable(name)})"
            case Binary():
                return self._binary(expr)
            case Negate(operand=operand):
                minus = "-." if isinstance(type_of(operand), RealType) else "-"
                return f"({minus} {text(operand)})"
            case Absolute(operand=operand):
                real = isinstance(type_of(operand), RealType)
                return f"({'abs_real' if real else 'abs'} {text(operand)})"
            case Extreme(pick=pick, operands=operands):
                found = text(operands[0])
                for operand in operands[1:]:
                    found = f"({'min' if pick is Pick.MIN else 'max'} {found} {text(operand)})"
                return found
            case ToReal(operand=operand):
                return f"(from_int {text(operand)})"
            case Comparison(operands=operands, relations=relations):
                return self._compared(operands, relations)
            case Connective(junction=junction, operands=operands):
                joint = AND if junction is Junction.AND else OR
                return f"({joint.join(text(o) for o in operands)})"
            case Not(operand=operand):
                return f"(not {text(operand)})"
            case Conditional(test=test, yes=yes, no=no):
                return f"(if {text(test)} then {text(yes)} else {text(no)})"
            case TupleOf(items=items):
                return f"({', '.join(text(item) for item in items)})"
            case Project(tuple=whole, index=index):
                kind = type_of(whole)
                assert isinstance(kind, TupleType)
                return names.item_of(text(whole), index, len(kind.items))
            case Length(array=array):
                return f"(length {text(array)})"
            case Element(array=array, index=index):
                return f"{text(array)}[{text(index)}]"
            case (
                Call(function=function, arguments=arguments)
                | LogicCall(function=function, arguments=arguments)
            ):
                parts = " ".join(text(a) for a in arguments)
                return f"({names.function(function)} {parts})"
            case Quantified():
                return self._quantified(expr)
            case Display() | Filled():
                raise NotExportableError("a new list in a contract")
        assert_never(expr)

    def _binary(self, expr: Binary) -> str:
        left, right = self.text(expr.left), self.text(expr.right)
        if isinstance(type_of(expr.left), RealType):
            return f"({left} {RATIONAL[expr.operator]} {right})"
        if expr.operator in INTEGER:
            return f"({left} {INTEGER[expr.operator]} {right})"
        literal = expr.right.value if isinstance(expr.right, IntLiteral) else None
        return operation(expr.operator, left, right, literal)

    def _compared(self, operands: tuple[Expr, ...], relations: tuple[Relation, ...]) -> str:
        links = []
        for left, relation, right in zip(operands, relations, operands[1:], strict=False):
            a, b = self.text(left), self.text(right)
            if isinstance(type_of(left), BoolType):
                same = f"({a} <-> {b})"
                links.append(same if relation is Relation.EQ else f"(not {same})")
            elif isinstance(type_of(left), RealType) and relation not in _EQUALITIES:
                links.append(f"({a} {RELATIONS[relation]}. {b})")
            else:
                links.append(f"({a} {RELATIONS[relation]} {b})")
        return links[0] if len(links) == 1 else f"({AND.join(links)})"

    def _quantified(self, expr: Quantified) -> str:
        universal = expr.quantor is Quantor.ALL
        text = self.text(expr.body)
        for binder in reversed(expr.binders):
            name = names.variable(binder.name)
            inside = f"{self.text(binder.low)} <= {name} < {self.text(binder.high)}"
            if universal:
                text = f"(forall {name}: int. {inside} -> {text})"
            else:
                text = f"(exists {name}: int. {inside} /\\ {text})"
        return text


_EQUALITIES = (Relation.EQ, Relation.NE)


def operation(operator: Operator, left: str, right: str, literal: int | None) -> str:
    """A division, shift or bit operation on integers; `literal`: the right operand's value."""
    if operator in (Operator.FLOOR_DIV, Operator.MOD):
        name = "div" if operator is Operator.FLOOR_DIV else "mod"
        if literal is None or literal <= 0:
            name = f"floor_{name}"
        return f"({name} {left} {right})"
    if operator in (Operator.SHIFT_LEFT, Operator.SHIFT_RIGHT):
        if literal is None or literal < 0:
            name = "shift_left" if operator is Operator.SHIFT_LEFT else "shift_right"
            return f"({name} {left} {right})"
        power = names.number(2**literal)
        if operator is Operator.SHIFT_LEFT:
            return f"({left} * {power})"
        return f"(div {left} {power})"
    if operator is Operator.BIT_AND and literal is not None and literal >= 0:
        return masked(left, literal)
    name = {Operator.BIT_AND: "bit_and", Operator.BIT_OR: "bit_or"}.get(operator, "bit_xor")
    return f"({name} {left} {right})"


def masked(text: str, mask: int) -> str:
    """`text & mask` as remainders, one for each run of ones."""
    parts: list[str] = []
    position = 0
    while mask:
        skip = (mask & -mask).bit_length() - 1
        mask >>= skip
        position += skip
        width = (~mask & (mask + 1)).bit_length() - 1
        shifted = f"(div {text} {names.number(2**position)})" if position else text
        part = f"(mod {shifted} {names.number(2**width)})"
        parts.append(f"({part} * {names.number(2**position)})" if position else part)
        mask >>= width
        position += width
    return f"({' + '.join(parts)})" if parts else "0"

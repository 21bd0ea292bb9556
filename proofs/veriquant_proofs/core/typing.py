"""What type an expression has, from its syntax and the declared types alone."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

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
    Length,
    LogicCall,
    Negate,
    Not,
    Old,
    Operator,
    Project,
    Quantified,
    RealLiteral,
    ToReal,
    TupleOf,
    Variable,
)
from veriquant_proofs.core.types import (
    BOOL,
    INT,
    REAL,
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
    same_shape,
)
from veriquant_spec.types import Range


class CoreTypeError(TypeError):
    """An expression whose operands do not go together; `expr` is the one to point at."""

    def __init__(self, expr: Expr, message: str) -> None:
        self.expr = expr
        super().__init__(message)


def type_of(expr: Expr) -> Type:
    """The type of a specification expression: arithmetic gives integers without a range.

    Raises CoreTypeError.
    """
    return static_type(expr, word=None)


def static_type(expr: Expr, *, word: Range | None) -> Type:
    """The type of an expression; `word` is the machine word of executable arithmetic, else None.

    Every value of the expression, its own checks passed, is of this type. Raises CoreTypeError.
    """

    def kind(part: Expr) -> Type:
        return static_type(part, word=word)

    match expr:
        case IntLiteral(value=value):
            return IntType(range=Range(value, value))
        case RealLiteral():
            return REAL
        case BoolLiteral():
            return BOOL
        case Variable(type=declared) | Old(type=declared):
            return declared
        case Binary(operator=operator, left=left, right=right):
            return _binary(expr, operator, kind(left), kind(right), word)
        case Negate(operand=operand) | Absolute(operand=operand):
            return _number(operand, kind(operand), word)
        case Extreme(operands=operands):
            return _hull(expr, [kind(o) for o in operands])
        case ToReal(operand=operand):
            _want(operand, kind(operand), IntType)
            return REAL
        case Comparison(operands=operands):
            kinds = [kind(o) for o in operands]
            for left_kind, right_kind in itertools.pairwise(kinds):
                if type(left_kind) is not type(right_kind):
                    raise CoreTypeError(expr, f"comparison of {left_kind} with {right_kind}")
            return BOOL
        case Connective(operands=operands):
            for operand in operands:
                _want(operand, kind(operand), BoolType)
            return BOOL
        case Not(operand=operand):
            _want(operand, kind(operand), BoolType)
            return BOOL
        case Conditional(test=test, yes=yes, no=no):
            _want(test, kind(test), BoolType)
            return _hull(expr, [kind(yes), kind(no)])
        case TupleOf(items=items):
            return TupleType(items=tuple(kind(item) for item in items))
        case Project(tuple=whole, index=index):
            found = kind(whole)
            if not isinstance(found, TupleType) or not 0 <= index < len(found.items):
                raise CoreTypeError(expr, f"item {index} of {found}")
            return found.items[index]
        case Length(array=array):
            _want(array, kind(array), SequenceType, MatrixType)
            return INT
        case Element(array=array, index=index):
            _want(index, kind(index), IntType)
            found = kind(array)
            if isinstance(found, MatrixType):
                return SequenceType(element=found.element)
            if isinstance(found, SequenceType):
                return found.element
            raise CoreTypeError(expr, f"an element of {found}")
        case Display(element=element):
            assert isinstance(element, IntType)
            return SequenceType(element=element)
        case Filled(width=width, element=element):
            assert isinstance(element, IntType)
            if width is None:
                return SequenceType(element=element)
            return MatrixType(element=element)
        case Call(result=result) | LogicCall(result=result):
            return result
        case Quantified(body=body):
            _want(body, kind(body), BoolType)
            return BOOL


def _want(expr: Expr, found: Type, *wanted: type) -> None:
    if not isinstance(found, wanted):
        names = " or ".join(w.__name__.removesuffix("Type").lower() for w in wanted)
        raise CoreTypeError(expr, f"{found} where {names} is expected")


def _number(expr: Expr, found: Type, word: Range | None) -> Type:
    _want(expr, found, IntType, RealType)
    return REAL if isinstance(found, RealType) else IntType(range=word)


def _binary(expr: Expr, operator: Operator, a: Type, b: Type, word: Range | None) -> Type:
    if type(a) is not type(b) or not isinstance(a, IntType | RealType):
        raise CoreTypeError(expr, f"operator `{operator.value}` on {a} and {b}")
    if isinstance(a, RealType):
        if operator not in (Operator.ADD, Operator.SUB, Operator.MUL, Operator.TRUE_DIV):
            raise CoreTypeError(expr, f"operator `{operator.value}` on rationals")
        return REAL
    if operator is Operator.TRUE_DIV:
        raise CoreTypeError(expr, "operator `/` on integers: write `//`")
    return IntType(range=word)


def _hull(expr: Expr, kinds: Sequence[Type]) -> Type:
    first, *others = kinds
    for other in others:
        if not same_shape(first, other) or not isinstance(first, IntType | RealType | BoolType):
            raise CoreTypeError(expr, f"a choice between {first} and {other}")
    if not isinstance(first, IntType):
        return first
    bounds = [k.range for k in kinds if isinstance(k, IntType)]
    known = [b for b in bounds if b is not None]
    if len(known) < len(bounds):
        return INT
    return replace(first, range=Range(min(b.low for b in known), max(b.high for b in known)))

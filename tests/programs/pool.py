"""What random programs are made of: named ranges, words, names, and specification functions."""

from __future__ import annotations

from dataclasses import dataclass

from veriquant_proofs.core.syntax import (
    Binary,
    Comparison,
    Conditional,
    Connective,
    Element,
    Expr,
    Function,
    FunctionId,
    IntLiteral,
    Junction,
    Length,
    LogicCall,
    Operator,
    Parameter,
    Relation,
    Role,
    Variable,
)
from veriquant_proofs.core.types import BOOL, INT, IntType, SequenceType, Type
from veriquant_spec.types import INT64, Range

#: Ranges by the names that the printed programs give them.
RANGES = {
    "U2": Range(0, 3),
    "U4": Range(0, 15),
    "S4": Range(-8, 7),
    "S6": Range(-32, 31),
    "Pos": Range(1, 9),
    "Neg": Range(-9, -1),
    "One": Range(1, 1),
    "Odd": Range(-5, 12),
}

#: Machine words, by name; a word of 8 bits makes overflows frequent.
WORDS = {"INT64": INT64, "W16": Range(-(2**15), 2**15 - 1), "W8": Range(-128, 127)}

#: Names that a generator of obligations might use itself stand first.
NAMES = [
    *("quotient", "remainder", "xs_length", "word", "acc", "any_j", "all_i", "i_0", "len_", "bits"),
    *("true", "false", "store", "select", "forall", "let", "x_", "array", "rows", "widths"),
    *"ijknmabcdefgpqrstuvwxyz",
    *("lo", "hi", "last", "step", "left", "right", "low", "high", "size", "total_", "first", "old"),
    *(f"v{i}" for i in range(60)),
]


@dataclass(slots=True)
class Num:
    """An integer expression and the range that it was built to have."""

    expr: Expr
    low: int
    high: int


@dataclass(slots=True)
class Var:
    """A variable: its type, and the range that its integers were built to have."""

    type: Type
    low: int = 0
    high: int = 0
    fixed: bool = False  # a parameter or a loop variable
    least: int = 0  # an array has at least so many elements (rows, and elements of each row)
    covers: str = ""  # a loop variable below the length of this sequence


def num(value: int) -> IntLiteral:
    return IntLiteral(value=value)


def compare(left: Expr, relation: Relation, right: Expr) -> Comparison:
    return Comparison(operands=(left, right), relations=(relation,))


def binary(operator: Operator, left: Expr, right: Expr) -> Binary:
    return Binary(operator=operator, left=left, right=right)


def ranged(name: str) -> IntType:
    return IntType(range=RANGES[name])


INTS = SequenceType(element=INT)


def specification(module: str) -> tuple[Function, ...]:
    """`near(x, y)`, `floor_half(x)` and the recursive `total(xs, n)`, in a module of that name."""
    x, y = Variable(name="x", type=INT), Variable(name="y", type=INT)
    xs, n = Variable(name="xs", type=INTS), Variable(name="n", type=INT)
    minus, one = Operator.SUB, num(1)

    def function(
        name: str, parameters: tuple[Variable, ...], result: Type, value: Expr
    ) -> Function:
        return Function(
            id=FunctionId(module=module, name=name),
            role=Role.LOGIC,
            parameters=tuple(Parameter(name=p.name, type=p.type) for p in parameters),
            result=result,
            value=value,
        )

    close = Connective(
        junction=Junction.AND,
        operands=(
            compare(binary(minus, x, y), Relation.LE, one),
            compare(binary(minus, y, x), Relation.LE, one),
        ),
    )
    before = binary(minus, n, one)
    last = Conditional(
        test=compare(n, Relation.LE, Length(array=xs)),
        yes=Element(array=xs, index=before),
        no=num(0),
    )
    inner = LogicCall(
        function=FunctionId(module=module, name="total"), arguments=(xs, before), result=INT
    )
    total = Conditional(
        test=compare(n, Relation.GT, num(0)), yes=binary(Operator.ADD, inner, last), no=num(0)
    )
    return (
        function("near", (x, y), BOOL, close),
        function("floor_half", (x,), INT, binary(Operator.FLOOR_DIV, x, num(2))),
        function("total", (xs, n), INT, total),
    )

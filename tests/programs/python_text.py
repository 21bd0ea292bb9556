"""Prints core functions as the Python that the front end reads.

Where Python has several ways to write one thing (`x += 1`, a number as a condition), `random`
chooses.
"""

from __future__ import annotations

import random
from fractions import Fraction

from programs.pool import RANGES, WORDS
from veriquant_proofs.core.syntax import (
    Absolute,
    Assert,
    Assign,
    Binary,
    Binder,
    BoolLiteral,
    Call,
    Clause,
    Comparison,
    Conditional,
    Connective,
    Display,
    Element,
    Expr,
    Extreme,
    Filled,
    For,
    Function,
    If,
    IntLiteral,
    Length,
    LogicCall,
    Negate,
    Not,
    Old,
    Operator,
    Program,
    Project,
    Quantified,
    RealLiteral,
    Relation,
    Return,
    Role,
    Statement,
    Store,
    Theory,
    ToReal,
    TupleOf,
    Unpack,
    Use,
    Variable,
    While,
)
from veriquant_proofs.core.traverse import nodes
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
)

HEADER = """\
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

from icontract import ensure, require

from veriquant_spec.markers import invariant, kernel, lemma, logic, variant
from veriquant_spec.types import Range

W16 = Range(-(2**15), 2**15 - 1)
W8 = Range(-128, 127)
"""

_TYPES = {bounds: name for name, bounds in RANGES.items()}
_WORDS = {word: name for name, word in WORDS.items()}


def python_text(program: Program, seed: str) -> str:
    """A module with every function of the program."""
    lines = [HEADER]
    lines += [
        f"{name} = Annotated[int, Range({bounds.low}, {bounds.high})]"
        for name, bounds in RANGES.items()
    ]
    chosen = random.Random(seed)
    for function in program.functions.values():
        lines += ["", "", *_Printer(function, chosen).function()]
    return "\n".join(lines) + "\n"


def type_text(kind: Type, array: str = "list") -> str:
    """A type as an annotation; `array` names the type of sequences."""
    match kind:
        case IntType(range=bounds):
            return "int" if bounds is None else _TYPES[bounds]
        case BoolType():
            return "bool"
        case RealType():
            return "Fraction"
        case SequenceType(element=element):
            return f"{array}[{type_text(element)}]"
        case MatrixType(element=element):
            return f"{array}[{array}[{type_text(element)}]]"
        case TupleType(items=items):
            return f"tuple[{', '.join(type_text(item, array) for item in items)}]"


def literal(value: int | Fraction) -> str:
    """A number that may stand anywhere."""
    return f"({value})" if value < 0 else str(value)


class _Printer:
    def __init__(self, function: Function, chosen: random.Random) -> None:
        self.of = function
        self.random = chosen
        self.types = {local.name: local.type for local in function.locals}
        self.told: set[str] = set()

    def function(self) -> list[str]:
        """Decorators, signature, body."""
        of = self.of
        names = [p.name for p in of.parameters]
        lines = [self._mark()]
        for clause in of.requires:
            lines.append(f"@require(lambda {', '.join(names)}: {self.expr(clause.condition)})")
        for clause in of.ensures:
            told = names if of.role is Role.LEMMA else [*names, "result"]
            lines.append(f"@ensure(lambda {', '.join(told)}: {self.expr(clause.condition)})")
        typed = ", ".join(f"{p.name}: {type_text(p.type, 'Sequence')}" for p in of.parameters)
        lines.append(f"def {of.id.name}({typed}) -> {type_text(of.result)}:")
        if of.value is not None:
            return [*lines, f"    return {self.expr(of.value)}"]
        return [*lines, *self.block(of.body, "    ")]

    def _mark(self) -> str:
        of = self.of
        if of.role is Role.LOGIC:
            return "@logic"
        more = ['theory="bv"'] if of.theory is Theory.BIT_VECTOR else []
        if of.role is Role.LEMMA:
            return f"@lemma({', '.join([repr(of.theorem), *more])})"
        assert of.word is not None
        word = _WORDS[of.word]
        return f"@kernel({', '.join(([] if word == 'INT64' else [f'word={word}']) + more)})"

    # ------------------------------------------------------------ statements

    def block(self, statements: tuple[Statement, ...], indent: str) -> list[str]:
        if not statements:
            return [f"{indent}pass"]
        return [line for s in statements for line in self.statement(s, indent)]

    def statement(self, statement: Statement, indent: str) -> list[str]:
        inner = indent + "    "
        match statement:
            case Assign():
                return [indent + self._assign(statement)]
            case Unpack(targets=targets, value=value):
                return [f"{indent}{', '.join(targets)} = {self._bare(value)}"]
            case Store(array=array, indices=indices, value=value):
                places = "".join(f"[{self.expr(i)}]" for i in indices)
                return [f"{indent}{array}{places} = {self.expr(value)}"]
            case Use(lemma=lemma, arguments=arguments):
                return [f"{indent}assert {lemma.name}({self.all(arguments)})"]
            case Assert(condition=condition):
                return [f"{indent}assert {self.expr(condition)}"]
            case If(test=test, then=then, otherwise=otherwise):
                lines = [f"{indent}if {self.test(test)}:", *self.block(then, inner)]
                if otherwise:
                    lines += [f"{indent}else:", *self.block(otherwise, inner)]
                return lines
            case For():
                return self._for(statement, indent)
            case While(test=test, invariants=invariants, variant=variant, body=body):
                lines = [f"{indent}while {self.test(test)}:", *self._claims(invariants, inner)]
                return [
                    *lines,
                    f"{inner}assert variant({self.expr(variant)})",
                    *self.block(body, inner),
                ]
            case Return(value=value):
                return [f"{indent}return {self._bare(value)}"]

    def _assign(self, statement: Assign) -> str:
        target, value = statement.target, statement.value
        if isinstance(value, Binary) and value.operator in (Operator.ADD, Operator.SUB):
            same = isinstance(value.left, Variable) and value.left.name == target
            if same and self.random.random() < 0.5:
                return f"{target} {value.operator.value}= {self.expr(value.right)}"
        kind, note = self.types[target], ""
        narrow = isinstance(kind, IntType) and kind.range != self.of.word
        if target not in self.told and (narrow or isinstance(kind, SequenceType | MatrixType)):
            note = f": {type_text(kind)}"
        self.told.add(target)
        return f"{target}{note} = {self.expr(value)}"

    def _claims(self, invariants: tuple[Clause, ...], indent: str) -> list[str]:
        shown = [self.expr(clause.condition) for clause in invariants]
        if self.random.random() < 0.5:
            return [f"{indent}assert invariant({c})" for c in shown]
        return [f"{indent}assert invariant({', '.join(shown)})"] if shown else []

    def _for(self, loop: For, indent: str) -> list[str]:
        inner = indent + "    "
        head = f"{indent}for {loop.variable} in {self._range(loop.low, loop.high)}:"
        return [head, *self._claims(loop.invariants, inner), *self.block(loop.body, inner)]

    # ------------------------------------------------------------ expressions

    def all(self, parts: tuple[Expr, ...]) -> str:
        return ", ".join(self.expr(p) for p in parts)

    def test(self, test: Expr) -> str:
        """A condition; a number is true where it is not zero."""
        match test:
            case Comparison(operands=(value, IntLiteral(value=0)), relations=(Relation.NE,)):
                if self.random.random() < 0.6:
                    return self.expr(value)
            case Connective(junction=junction, operands=operands):
                return f"({f' {junction.value} '.join(self.test(o) for o in operands)})"
        return self.expr(test)

    def _bare(self, value: Expr) -> str:
        return self.all(value.items) if isinstance(value, TupleOf) else self.expr(value)

    def _range(self, low: Expr, high: Expr) -> str:
        if low == IntLiteral(value=0):
            return f"range({self.expr(high)})"
        return f"range({self.expr(low)}, {self.expr(high)})"

    def _binder(self, binder: Binder) -> str:
        return f"for {binder.name} in {self._range(binder.low, binder.high)}"

    def expr(self, expr: Expr) -> str:
        match expr:
            case IntLiteral(value=value):
                return literal(value)
            case RealLiteral(value=fraction):
                return f"Fraction({fraction})"
            case BoolLiteral(value=value):
                return str(value)
            case Variable(name=name):
                return name
            case Old(name=name):
                return f"OLD.{name}"
            case Binary(operator=operator, left=left, right=right):
                return f"({self.expr(left)} {operator.value} {self.expr(right)})"
            case Negate(operand=operand):
                return f"(-{self.expr(operand)})"
            case Absolute(operand=operand):
                return f"abs({self.expr(operand)})"
            case Extreme(pick=pick, operands=operands):
                return f"{pick.value}({self.all(operands)})"
            case ToReal(operand=operand):
                return f"Fraction({self.expr(operand)})"
            case Comparison(operands=operands, relations=relations):
                first, *others = map(self.expr, operands)
                links = [f"{r.value} {o}" for r, o in zip(relations, others, strict=True)]
                return f"({' '.join([first, *links])})"
            case Connective(junction=junction, operands=operands):
                return f"({f' {junction.value} '.join(self.expr(o) for o in operands)})"
            case Not(operand=operand):
                return f"(not {self.test(operand)})"
            case Conditional(test=test, yes=yes, no=no):
                return f"({self.expr(yes)} if {self.test(test)} else {self.expr(no)})"
            case TupleOf(items=items):
                return f"({self.all(items)},)" if len(items) == 1 else f"({self.all(items)})"
            case Project(tuple=whole, index=index):
                return f"{self.expr(whole)}[{index}]"
            case Length(array=array):
                return f"len({self.expr(array)})"
            case Element(array=array, index=index):
                return f"{self.expr(array)}[{self.expr(index)}]"
            case Display(items=items):
                return f"[{self.all(items)}]"
            case Filled(value=value, count=count, width=None):
                return f"[{self.expr(value)}] * {self.expr(count)}"
            case Filled(value=value, count=count, width=width):
                assert width is not None
                row = f"[{self.expr(value)}] * {self.expr(width)}"
                return f"[{row} for _ in range({self.expr(count)})]"
            case (
                Call(function=function, arguments=arguments)
                | LogicCall(function=function, arguments=arguments)
            ):
                return f"{function.name}({self.all(arguments)})"
            case Quantified(quantor=quantor, binders=binders, body=body):
                ranges = " ".join(self._binder(b) for b in binders)
                return f"{quantor.value}({self.expr(body)} {ranges})"


def size(function: Function) -> int:
    """Nodes of a function: the measure of a program."""
    return sum(1 for s in function.body for _ in nodes(s))

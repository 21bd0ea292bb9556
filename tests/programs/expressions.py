"""Random expressions. Most are sensible (index in range, divisor not zero); some are off by a
little, so that checks fail on some inputs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from programs.pool import NAMES, RANGES, WORDS, Num, Var, binary, compare, num
from veriquant_proofs.core.syntax import (
    Absolute,
    Binder,
    Call,
    Comparison,
    Conditional,
    Connective,
    Element,
    Expr,
    Extreme,
    Function,
    FunctionId,
    IntLiteral,
    Junction,
    Length,
    LogicCall,
    Negate,
    Not,
    Operator,
    Pick,
    Project,
    Quantified,
    Quantor,
    Relation,
    Variable,
)
from veriquant_proofs.core.types import (
    BOOL,
    INT,
    BoolType,
    IntType,
    MatrixType,
    SequenceType,
    TupleType,
)
from veriquant_spec.types import Range

ORDER = [Relation.LT, Relation.LE, Relation.GT, Relation.GE]


class Expressions:
    """Writes expressions over the variables that are there."""

    def __init__(self, seed: int, number: int, flavour: str, module: str) -> None:
        self.random = random.Random(f"{seed}/{number}/{flavour}")
        self.flavour = flavour  # "straight", "loops", "bits", "wild", "lemma"
        self.module = module
        self.callees: list[Function] = []
        self.variables: dict[str, Var] = {}
        self.unused = list(NAMES)
        self.word: Range | None = WORDS["INT64"]
        self.spec = False
        self.bound: list[tuple[str, int]] = []

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, items: Sequence[Any]) -> Any:
        return self.random.choice(items)

    def name(self) -> str:
        return self.unused.pop(0)

    def identity(self, name: str) -> FunctionId:
        return FunctionId(module=self.module, name=name)

    def of(self, *kinds: type) -> list[tuple[str, Var]]:
        """Variables of these types."""
        return [(n, v) for n, v in self.variables.items() if isinstance(v.type, kinds)]

    def read(self, name: str) -> Variable:
        return Variable(name=name, type=self.variables[name].type)

    def in_spec(self, make: Callable[[], Any]) -> Any:
        """What `make` writes for the specification, where logic functions may be applied."""
        self.spec, before = True, self.spec
        try:
            return make()
        finally:
            self.spec = before

    # ------------------------------------------------------------ integers

    def integer(self, depth: int) -> Num:
        """A random integer expression; over-wide ones are mostly cut down."""
        value = self._integer(depth)
        if self.word is not None and not isinstance(value.expr, IntLiteral):
            wide = value.low not in self.word or value.high not in self.word
            if wide and self.chance(0.9):
                return self._cut(value)
        return value

    def variable(self) -> Num | None:
        """An integer variable."""
        ints = self.of(IntType)
        if self.bound and self.chance(0.5):
            name, high = self.pick(self.bound)
            return Num(Variable(name=name, type=INT), 0, high)
        if not ints:
            return None
        name, var = self.pick(ints)
        return Num(self.read(name), var.low, var.high)

    def _cut(self, value: Num) -> Num:
        limit = self.pick([5, 16, 100])
        if self.flavour == "bits":
            mask = self.pick([7, 15, 31])
            return Num(binary(Operator.BIT_AND, value.expr, num(mask)), 0, mask)
        if self.chance(0.5):
            return Num(binary(Operator.MOD, value.expr, num(limit)), 0, limit - 1)
        return self.clamped(value, -limit, limit)

    def clamped(self, value: Num, low: int, high: int) -> Num:
        inner = Extreme(pick=Pick.MAX, operands=(value.expr, num(low)))
        return Num(Extreme(pick=Pick.MIN, operands=(inner, num(high))), low, high)

    def _leaf(self) -> Num:
        if self.chance(0.75):
            found = self.variable()
            if found is not None:
                return found
        value = self.pick([0, 1, 2, 3, 5, 7, 8, 16, -1, -2, -3, -8, self.random.randint(-40, 40)])
        if self.chance(0.02):
            value = self.pick([127, -128, 2**15 - 1, -(2**15), 2**31, -(2**63), 2**63 - 1])
        if self.word is not None and value not in self.word:
            value = 1
        return Num(num(value), value, value)

    def pair(self, depth: int, other: int | None = None) -> tuple[Num, Num]:
        """Two operands, not both literal: operations on literals are folded when read."""
        a, b = self.integer(depth), self.integer(depth if other is None else other)
        if isinstance(a.expr, IntLiteral) and isinstance(b.expr, IntLiteral):
            found = self.variable()
            if found is None:  # nothing but literals: then an array's length
                name, _ = self.pick(self.of(SequenceType, MatrixType))
                found = Num(Length(array=self.read(name)), 0, 9)
            if self.chance(0.5):
                return found, b
            return a, found
        return a, b

    def some(self, depth: int) -> Num:
        """An operand that is no literal."""
        a, b = self.pair(depth, 0)
        return b if isinstance(a.expr, IntLiteral) else a

    def _integer(self, depth: int) -> Num:
        if depth <= 0 or self.chance(0.15):
            return self._leaf()
        kinds = ["add"] * 4 + ["mul"] * 2 + ["neg", "abs", "extreme", "extreme", "if", "if"]
        kinds += ["shift", "mask", "mask"]
        if self.flavour == "bits":
            kinds += ["bits"] * 6 + ["shift"] * 2
        else:
            kinds += ["div"] * 4 + ["join"] + (["bits"] if self.chance(0.3) else [])
            if self.of(SequenceType):
                kinds += ["element"] * 4 + ["length"]
        if self.of(TupleType):
            kinds += ["project"]
        if self.of(MatrixType):
            kinds += ["cell"] * 4
        if self.callees and not self.bound:
            kinds += ["call"] * 2
        if self.spec:
            kinds += ["logic"]
        found: Num = getattr(self, f"_{self.pick(kinds)}")(depth - 1)
        return found

    def _add(self, depth: int) -> Num:
        a, b = self.pair(depth)
        if self.chance(0.5):
            return Num(binary(Operator.ADD, a.expr, b.expr), a.low + b.low, a.high + b.high)
        return Num(binary(Operator.SUB, a.expr, b.expr), a.low - b.high, a.high - b.low)

    def _mul(self, depth: int) -> Num:
        a, b = self.pair(depth, 0 if self.chance(0.7) else None)
        corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        return Num(binary(Operator.MUL, a.expr, b.expr), min(corners), max(corners))

    def _neg(self, depth: int) -> Num:
        a = self.some(depth)
        return Num(Negate(operand=a.expr), -a.high, -a.low)

    def _abs(self, depth: int) -> Num:
        a = self.some(depth)
        return Num(Absolute(operand=a.expr), 0, max(abs(a.low), abs(a.high)))

    def _extreme(self, depth: int) -> Num:
        a, b = self.pair(depth)
        operands = [a, b] if self.chance(0.8) else [a, b, self.integer(0)]
        pick = self.pick(list(Pick))
        choose = min if pick is Pick.MIN else max
        expr = Extreme(pick=pick, operands=tuple(o.expr for o in operands))
        return Num(expr, choose(o.low for o in operands), choose(o.high for o in operands))

    def _if(self, depth: int) -> Num:
        a, b = self.integer(depth), self.integer(depth)
        expr = Conditional(test=self.boolean(depth), yes=a.expr, no=b.expr)
        return Num(expr, min(a.low, b.low), max(a.high, b.high))

    def _div(self, depth: int) -> Num:
        a, b = self.some(depth), self._divisor(depth)
        if self.chance(0.5):
            reach = max(abs(a.low), abs(a.high))
            return Num(binary(Operator.FLOOR_DIV, a.expr, b.expr), -reach, reach)
        most = max(abs(b.low), abs(b.high))
        low, high = -most if b.low < 0 else 0, most if b.high > 0 else 0
        return Num(binary(Operator.MOD, a.expr, b.expr), low, high)

    def _divisor(self, depth: int) -> Num:
        choice = self.random.random()
        if choice < 0.45:
            value = self.pick([1, 2, 3, 4, 7, 8, 16, -1, -2, -3, -8])
            return Num(num(value), value, value)
        sure = [(n, v) for n, v in self.of(IntType) if v.low > 0 or v.high < 0]
        if sure and choice < 0.7:
            name, var = self.pick(sure)
            return Num(self.read(name), var.low, var.high)
        a = self.some(depth)
        if choice < 0.88:
            expr = binary(Operator.ADD, Absolute(operand=a.expr), num(1))
            return Num(expr, 1, max(abs(a.low), abs(a.high)) + 1)
        return a

    def _shift(self, depth: int) -> Num:
        a = self.some(depth)
        choice = self.random.random()
        if choice < 0.5:
            n = self.random.randint(0, 4)
            amount = Num(num(n), n, n)
        elif choice < 0.9:
            amount = Num(binary(Operator.BIT_AND, self.some(0).expr, num(3)), 0, 3)
        else:
            amount = self.some(0)
        if self.chance(0.5) or amount.high > 8:
            expr = binary(Operator.SHIFT_RIGHT, a.expr, amount.expr)
            return Num(expr, min(a.low, 0), max(a.high, 0))
        top = max(amount.high, 0)
        expr = binary(Operator.SHIFT_LEFT, a.expr, amount.expr)
        return Num(expr, min(a.low << top, a.low), a.high << top)

    def _mask(self, depth: int) -> Num:
        a, mask = self.some(depth), self.pick([0, 1, 3, 5, 7, 12, 15, 16, 22, 127])
        operands = (a.expr, num(mask)) if self.chance(0.7) else (num(mask), a.expr)
        return Num(binary(Operator.BIT_AND, *operands), 0, mask)

    def _bits(self, depth: int) -> Num:
        a, b = self.pair(depth)
        operator = self.pick([Operator.BIT_AND, Operator.BIT_OR, Operator.BIT_XOR])
        reach = max(abs(v) for v in (a.low, a.high, b.low, b.high))
        reach = 2 ** (reach + 1).bit_length()
        low = -reach if min(a.low, b.low) < 0 else 0
        return Num(binary(operator, a.expr, b.expr), low, reach - 1)

    def _join(self, depth: int) -> Num:
        """Two fields of bits put together; now and then they overlap."""
        a, b = self.some(depth), self.some(depth)
        shift = self.random.randint(1, 4)
        by, factor = (Operator.SHIFT_LEFT, shift) if self.chance(0.6) else (Operator.MUL, 2**shift)
        whole = binary(by, b.expr, num(factor))
        mask = 2**shift - 1 if self.chance(0.9) else 2 ** (shift + 1) - 1
        parts = [binary(Operator.BIT_AND, a.expr, num(mask)), whole]
        self.random.shuffle(parts)
        operator = self.pick([Operator.BIT_OR, Operator.BIT_XOR])
        low, high = min(b.low << shift, 0), max((b.high << shift) + mask, mask)
        return Num(binary(operator, *parts), low, high)

    # ------------------------------------------------------------ arrays, calls

    def _element(self, depth: int) -> Num:
        name, var = self.pick(self.of(SequenceType))
        expr = Element(array=self.read(name), index=self.index(name, var, depth))
        return Num(expr, var.low, var.high)

    def index(self, name: str, var: Var, depth: int) -> Expr:
        """An index into a sequence, mostly in range."""
        inside = [n for n, v in self.variables.items() if v.covers == name]
        choice = self.random.random()
        if inside and choice < 0.6:
            return self.read(self.pick(inside))
        if var.least and choice < 0.8:
            return num(self.random.randrange(var.least))
        a = self.some(min(depth, 1))
        if var.least and choice < 0.9:
            return binary(Operator.MOD, a.expr, num(var.least))
        if choice < 0.97:
            size = Length(array=self.read(name))
            most = Extreme(pick=Pick.MAX, operands=(size, num(1)))
            return binary(Operator.MOD, a.expr, most) if self.chance(0.7) else num(0)
        return a.expr

    def _cell(self, depth: int) -> Num:
        name, var = self.pick(self.of(MatrixType))
        row = Element(array=self.read(name), index=num(0))
        if self.chance(0.15):
            return Num(Length(array=self.read(name) if self.chance(0.5) else row), 0, 4)
        i, j = self.cell(name, var)
        expr = Element(array=Element(array=self.read(name), index=i), index=j)
        return Num(expr, var.low, var.high)

    def cell(self, name: str, var: Var) -> tuple[Expr, Expr]:
        """A row and a column of a matrix, mostly in range."""
        found: list[Expr] = []
        for _ in range(2):
            choice, a = self.random.random(), self.some(0)
            if var.least and choice < 0.6:
                found.append(num(self.random.randrange(var.least)))
            elif var.least and choice < 0.85:
                found.append(binary(Operator.MOD, a.expr, num(var.least)))
            else:
                found.append(a.expr)
        return found[0], found[1]

    def _length(self, depth: int) -> Num:
        name, var = self.pick(self.of(SequenceType))
        return Num(Length(array=self.read(name)), var.least, max(var.least, 6))

    def _project(self, depth: int) -> Num:
        name, var = self.pick(self.of(TupleType))
        return Num(
            Project(tuple=self.read(name), index=self.random.randrange(2)), var.low, var.high
        )

    def _call(self, depth: int) -> Num:
        callee: Function = self.pick(self.callees)
        assert isinstance(callee.result, IntType) and callee.result.range is not None
        arguments = []
        for parameter in callee.parameters:
            assert isinstance(parameter.type, IntType) and parameter.type.range is not None
            arguments.append(self.within(parameter.type.range, depth).expr)
        expr = Call(function=callee.id, arguments=tuple(arguments), result=callee.result)
        return Num(expr, callee.result.range.low, callee.result.range.high)

    def _logic(self, depth: int) -> Num:
        lists = self.of(SequenceType)
        if self.flavour == "bits":
            return self._leaf()
        if lists and self.chance(0.6):
            array = self.read(self.pick(lists)[0])
            whole = LogicCall(
                function=self.identity("total"),
                arguments=(array, Length(array=array)),
                result=INT,
            )
            return Num(whole, -200, 200)
        a = self.integer(depth)
        half = LogicCall(function=self.identity("floor_half"), arguments=(a.expr,), result=INT)
        return Num(half, min(a.low, 0) // 2, max(a.high, 0) // 2)

    def within(self, bounds: Range, depth: int, sure: float = 0.85) -> Num:
        """An expression that mostly lies in the range."""
        a = self.integer(depth)
        if (a.low in bounds and a.high in bounds) or not self.chance(sure):
            return a
        if isinstance(a.expr, IntLiteral):
            value = min(max(a.low, bounds.low), bounds.high)
            return Num(num(value), value, value)
        if bounds.low == 0 and (bounds.high + 1).bit_count() == 1 and self.chance(0.5):
            return Num(binary(Operator.BIT_AND, a.expr, num(bounds.high)), 0, bounds.high)
        return self.clamped(a, bounds.low, bounds.high)

    # ------------------------------------------------------------ conditions

    def boolean(self, depth: int) -> Expr:
        """A random condition."""
        kinds = ["compare"] * 6 + ["chain", "and", "or", "not", "name", "name", "truth"]
        kind = self.pick(kinds) if depth > 0 else "compare"
        names = self.of(BoolType)
        if kind == "name" and names:
            name = self.read(self.pick(names)[0])
            return compare(name, Relation.EQ, self.boolean(0)) if self.chance(0.3) else name
        if kind in ("and", "or"):
            junction = Junction.AND if kind == "and" else Junction.OR
            operands = [self.boolean(depth - 1) for _ in range(self.pick([2, 2, 3]))]
            inner = [o for o in operands if not isinstance(o, Connective) or o.junction != junction]
            return (
                Connective(junction=junction, operands=tuple(inner))
                if len(inner) > 1
                else inner[0]
                if inner
                else operands[0]
            )
        if kind == "not":
            operand = self.boolean(depth - 1)
            return operand.operand if isinstance(operand, Not) else Not(operand=operand)
        if kind == "truth":
            return compare(self.some(depth - 1).expr, Relation.NE, num(0))
        a, b = self.pair(depth - 1)
        operands, relations = [a.expr, b.expr], [self.relation()]
        if kind == "chain":
            operands.append(self.integer(depth - 1).expr)
            relations.append(self.relation())
        return Comparison(operands=tuple(operands), relations=tuple(relations))

    def relation(self) -> Relation:
        found: Relation = self.pick(list(Relation))
        return found

    def claim(self, value: Expr, low: int, high: int, depth: int = 1) -> Expr:
        """A condition on an integer: usually one that its range makes true."""
        choice = self.random.random()
        if choice < 0.3:
            return compare(value, Relation.LE, num(high + self.pick([0, 0, 0, 1, -1])))
        if choice < 0.55:
            return compare(num(low + self.pick([0, 0, 0, -1, 1])), Relation.LE, value)
        if choice < 0.75:
            relations = (Relation.LE, Relation.LE)
            return Comparison(operands=(num(low), value, num(high)), relations=relations)
        other = self.integer(depth).expr
        if choice < 0.85 and self.flavour != "bits":
            near = self.identity("near")
            return LogicCall(function=near, arguments=(value, other), result=BOOL)
        operator = self.pick([Relation.EQ, Relation.NE, Relation.LE, Relation.GE])
        return compare(value, operator, other)

    def elements_claim(self, array: Variable, low: int, high: int, stop: Expr) -> Expr:
        """A quantified condition on the elements of a sequence before `stop`."""
        name = self.name()
        element = Element(array=array, index=Variable(name=name, type=INT))
        self.bound.append((name, 6))
        body = self.claim(element, low, high, 0)
        if self.chance(0.15):
            same = compare(element, Relation.EQ, self._leaf().expr)
            body = Connective(junction=Junction.OR, operands=(body, same))
        self.bound.pop()
        start = 0 if self.chance(0.85) else 1
        quantor = Quantor.ALL if self.chance(0.8) else Quantor.ANY
        return Quantified(
            quantor=quantor, binders=(Binder(name=name, low=num(start), high=stop),), body=body
        )


__all__ = ["BOOL", "ORDER", "RANGES", "Expressions"]

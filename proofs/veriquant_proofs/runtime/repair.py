"""Changes arguments until preconditions hold.

Random arguments rarely satisfy `len(a) == 2 * len(w)`. So a condition that fails is followed down
to a comparison that fails, and one of its sides is given a value by undoing its operations, down to
an argument, a length or an element. Whether the result is admissible, the interpreter says.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from veriquant_proofs.core.interpreter import CheckFailed, Machine, StepLimit
from veriquant_proofs.core.syntax import (
    Absolute,
    Binary,
    BoolLiteral,
    Comparison,
    Conditional,
    Connective,
    Element,
    Expr,
    Extreme,
    Function,
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
    ToReal,
    Variable,
)
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
)

#: Changes to one set of arguments before it is given up.
ROUNDS = 40

#: Longest list that is made.
LONGEST = 96

#: Instances of a quantifier that are looked at.
INSTANCES = 400

OPPOSITE = {
    Relation.EQ: Relation.NE,
    Relation.NE: Relation.EQ,
    Relation.LT: Relation.GE,
    Relation.GE: Relation.LT,
    Relation.GT: Relation.LE,
    Relation.LE: Relation.GT,
}

MIRRORED = {
    Relation.EQ: Relation.EQ,
    Relation.NE: Relation.NE,
    Relation.LT: Relation.GT,
    Relation.GT: Relation.LT,
    Relation.LE: Relation.GE,
    Relation.GE: Relation.LE,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: values of names, and what a parameter of a specification function
    stands for (an expression of the scope around it)."""

    values: dict[str, Any]
    bound: Mapping[str, tuple[Expr, Scope]]


class Repair:
    """Makes arguments of one function admissible. `fresh` gives a new value of a type."""

    def __init__(
        self,
        machine: Machine,
        function: Function,
        chance: random.Random,
        fresh: Callable[[Type], Any],
    ) -> None:
        self.machine, self.function, self.chance = machine, function, chance
        self.fresh = fresh
        #: longest list that is made here: less where runs take long
        self.longest = LONGEST
        self.types = {p.name: p.type for p in function.parameters}

    def admissible(self, values: dict[str, Any]) -> bool:
        """Change `values` until every precondition holds; whether that succeeded."""
        conditions = [clause.condition for clause in self.function.requires]
        for _ in range(ROUNDS):
            scope = Scope(values, {})
            try:
                broken = next((c for c in conditions if not self.value(c, scope)), None)
            except (CheckFailed, StepLimit):
                return False
            if broken is None:
                return True
            try:
                if not self.make(broken, True, scope):
                    return False
            except (CheckFailed, StepLimit):
                return False
        return False

    def value(self, expr: Expr, scope: Scope) -> Any:
        """The value of a specification expression."""
        return self.machine.specified(self.function, expr, scope.values)

    # ---------------------------------------------------------------- conditions

    def make(self, expr: Expr, wanted: bool, scope: Scope) -> bool:
        """Change an argument so that a condition comes closer to the wanted truth value."""
        match expr:
            case BoolLiteral(value=value):
                return value == wanted
            case Variable() | Project():
                return self.set(expr, wanted, scope)
            case Not(operand=operand):
                return self.make(operand, not wanted, scope)
            case Comparison():
                return self._compare(expr, wanted, scope)
            case Connective(junction=junction, operands=operands):
                wrong = []
                for operand in operands:
                    holds = self.value(operand, scope)
                    if holds != wanted:
                        wrong.append(operand)
                    if holds == (junction is Junction.OR):
                        break  # what follows is not evaluated
                if (junction is Junction.AND) == wanted:
                    return bool(wrong) and self.make(wrong[0], wanted, scope)
                return self.make(self.chance.choice(operands), wanted, scope)
            case Conditional(test=test, yes=yes, no=no):
                return self.make(yes if self.value(test, scope) else no, wanted, scope)
            case Quantified():
                return self._quantified(expr, wanted, scope)
            case LogicCall():
                inner = self._inside(expr, scope)
                return inner is not None and self.make(inner[0], wanted, inner[1])
        return False

    def _inside(self, expr: LogicCall, scope: Scope) -> tuple[Expr, Scope] | None:
        """The value of a specification function, and the scope in which it stands for the call."""
        callee = self.machine.program[expr.function]
        if callee.value is None or self.machine.prepared(callee).recursive:
            return None
        names = [p.name for p in callee.parameters]
        values = {n: self.value(a, scope) for n, a in zip(names, expr.arguments, strict=True)}
        bound = {n: (a, scope) for n, a in zip(names, expr.arguments, strict=True)}
        return callee.value, Scope(values, bound)

    def _quantified(self, expr: Quantified, wanted: bool, scope: Scope) -> bool:
        """All instances must be so, or any one."""
        instances = self._instances(expr, scope)
        if not instances:
            return self._longer(expr, scope) if (expr.quantor is Quantor.ANY) == wanted else False
        if (expr.quantor is Quantor.ALL) == wanted:
            wrong = [i for i in instances if self.value(expr.body, i) != wanted]
            return bool(wrong) and self.make(expr.body, wanted, wrong[0])
        return self.make(expr.body, wanted, self.chance.choice(instances))

    def _longer(self, expr: Quantified, scope: Scope) -> bool:
        """A quantifier over nothing gets an instance."""
        first = expr.binders[0]
        low = self.value(first.low, scope)
        return self.set(first.high, low + self.chance.randint(1, 3), scope)

    def _instances(self, expr: Quantified, scope: Scope) -> list[Scope]:
        scopes = [scope]
        for binder in expr.binders:
            inner = []
            for outer in scopes:
                low, high = self.value(binder.low, outer), self.value(binder.high, outer)
                for value in range(low, min(high, low + INSTANCES)):
                    inner.append(Scope({**outer.values, binder.name: value}, outer.bound))
                    if len(inner) >= INSTANCES:
                        break
            scopes = inner
        return scopes

    def _compare(self, expr: Comparison, wanted: bool, scope: Scope) -> bool:
        links = list(zip(expr.operands, expr.relations, expr.operands[1:], strict=False))
        if wanted:
            for left, relation, right in links:
                if not _holds(relation, self.value(left, scope), self.value(right, scope)):
                    return self._relate(left, relation, right, scope)
            return False
        left, relation, right = self.chance.choice(links)
        return self._relate(left, OPPOSITE[relation], right, scope)

    def _relate(self, left: Expr, relation: Relation, right: Expr, scope: Scope) -> bool:
        """Make one side of a comparison fit the other, whichever can be changed."""
        sides = [(left, relation, right), (right, MIRRORED[relation], left)]
        self.chance.shuffle(sides)
        for side, wanted, other in sides:
            limit = self.value(other, scope)
            for distance in self._distances(limit):
                if self.set(side, _target(wanted, limit, distance), scope):
                    return True
                if wanted is Relation.EQ:
                    break
        return False

    def _distances(self, limit: Any) -> list[Any]:
        """How far inside an inequality to go: often to its very edge."""
        chance = self.chance
        if isinstance(limit, bool):
            return [0]
        if isinstance(limit, Fraction):
            return [Fraction(chance.randint(0, 8), chance.randint(1, 8)), Fraction(0)]
        far = chance.choice([0, 0, 1, chance.randint(0, 8), chance.randint(0, max(1, abs(limit)))])
        return [far, 0]

    # ---------------------------------------------------------------- values

    def set(self, expr: Expr, wanted: Any, scope: Scope) -> bool:
        """Change an argument so that an expression has the wanted value; whether that can be."""
        match expr:
            case Variable(name=name) if name in scope.bound:
                outer, around = scope.bound[name]
                return self.set(outer, wanted, around)
            case Variable(name=name) if name in self.types and not scope.bound:
                return self._set_argument(name, wanted, scope)
            case Project(tuple=Variable(name=name), index=index):
                return self._set_item(name, index, wanted, scope)
            case Length(array=array):
                return self._resize(array, wanted, scope)
            case Element(array=array, index=index):
                place = self._list(array, scope)
                at = self.value(index, scope)
                if place is None or not 0 <= at < len(place[0]) or not _fits(wanted, place[1]):
                    return False
                place[0][at] = wanted
                return True
            case Negate(operand=operand):
                return self.set(operand, -wanted, scope)
            case Absolute(operand=operand):
                sign = self.chance.choice([1, -1])
                return wanted >= 0 and (
                    self.set(operand, sign * wanted, scope)
                    or self.set(operand, -sign * wanted, scope)
                )
            case ToReal(operand=operand):
                return wanted == int(wanted) and self.set(operand, int(wanted), scope)
            case Conditional(test=test, yes=yes, no=no):
                return self.set(yes if self.value(test, scope) else no, wanted, scope)
            case Extreme(pick=pick, operands=operands):
                found = [self.value(o, scope) for o in operands]
                chosen = found.index(min(found) if pick is Pick.MIN else max(found))
                return self.set(operands[chosen], wanted, scope)
            case LogicCall():
                inner = self._inside(expr, scope)
                return inner is not None and self.set(inner[0], wanted, inner[1])
            case Binary():
                return self._undo(expr, wanted, scope)
        return False

    def _undo(self, expr: Binary, wanted: Any, scope: Scope) -> bool:
        """Give one operand the value with which the operation has the wanted result."""
        left, right = self.value(expr.left, scope), self.value(expr.right, scope)
        choices: list[tuple[Expr, Any]] = []
        match expr.operator:
            case Operator.ADD:
                choices = [(expr.left, wanted - right), (expr.right, wanted - left)]
            case Operator.SUB:
                choices = [(expr.left, wanted + right), (expr.right, left - wanted)]
            case Operator.MUL:
                for side, other in ((expr.left, right), (expr.right, left)):
                    if isinstance(wanted, Fraction) and other:
                        choices.append((side, wanted / other))
                    elif not isinstance(wanted, Fraction) and other:
                        choices.append((side, wanted // other))
            case Operator.TRUE_DIV:
                choices = [(expr.left, wanted * right)]
            case Operator.FLOOR_DIV if right:
                rest = self.chance.randrange(abs(right)) * (1 if right > 0 else -1)
                choices = [(expr.left, wanted * right + rest)]
            case Operator.MOD if right and 0 <= wanted * (1 if right > 0 else -1) < abs(right):
                choices = [(expr.left, left - left % right + wanted)]
            case Operator.SHIFT_LEFT:
                choices = [(expr.left, wanted >> right)]
            case Operator.SHIFT_RIGHT:
                choices = [(expr.left, (wanted << right) + self.chance.randrange(1 << right))]
            case Operator.BIT_AND:
                choices = [(expr.left, (left & ~right) | (wanted & right))]
        self.chance.shuffle(choices)
        return any(self.set(side, value, scope) for side, value in choices)

    def _set_argument(self, name: str, wanted: Any, scope: Scope) -> bool:
        if not _fits(wanted, self.types[name]):
            return False
        scope.values[name] = wanted
        return True

    def _set_item(self, name: str, index: int, wanted: Any, scope: Scope) -> bool:
        if name in scope.bound:
            outer, around = scope.bound[name]
            return isinstance(outer, Variable) and self._set_item(outer.name, index, wanted, around)
        kind, whole = self.types.get(name), scope.values[name]
        if not isinstance(kind, TupleType) or not _fits(wanted, kind.items[index]):
            return False
        changed = (*whole[:index], wanted, *whole[index + 1 :])
        scope.values[name] = changed
        return True

    def _list(self, array: Expr, scope: Scope) -> tuple[list[Any], Type] | None:
        """The list that an expression names, and the type of what it holds."""
        match array:
            case Variable(name=name) if name in scope.bound:
                outer, around = scope.bound[name]
                return self._list(outer, around)
            case Variable(name=name) if name in self.types:
                kind = self.types[name]
                if isinstance(kind, MatrixType):
                    return scope.values[name], SequenceType(element=kind.element)
                if isinstance(kind, SequenceType):
                    return scope.values[name], kind.element
            case Element(array=Variable() as outer, index=index):
                rows = self._list(outer, scope)
                at = self.value(index, scope)
                if rows is not None and isinstance(rows[1], SequenceType):
                    return (rows[0][at], rows[1].element) if 0 <= at < len(rows[0]) else None
        return None

    def _resize(self, array: Expr, wanted: int, scope: Scope) -> bool:
        place = self._list(array, scope)
        if place is None or not 0 <= wanted <= self.longest:
            return False
        items, kind = place
        del items[wanted:]
        items += [self.fresh(kind) for _ in range(wanted - len(items))]
        return True


def _holds(relation: Relation, left: Any, right: Any) -> bool:
    match relation:
        case Relation.EQ:
            return bool(left == right)
        case Relation.NE:
            return bool(left != right)
        case Relation.LT:
            return bool(left < right)
        case Relation.LE:
            return bool(left <= right)
        case Relation.GT:
            return bool(left > right)
        case Relation.GE:
            return bool(left >= right)


def _target(relation: Relation, limit: Any, distance: Any) -> Any:
    """A value that stands in the relation to a limit, that far inside it."""
    if isinstance(limit, bool):
        return limit == (relation is Relation.EQ)
    strict = 0 if not isinstance(limit, Fraction) else Fraction(1, 64)
    match relation:
        case Relation.EQ:
            return limit
        case Relation.LT:
            return limit - distance - (strict or 1)
        case Relation.LE:
            return limit - distance
        case Relation.GT | Relation.NE:
            return limit + distance + (strict or 1)
        case Relation.GE:
            return limit + distance


def _fits(value: Any, kind: Type) -> bool:
    match kind:
        case IntType(range=bounds):
            return type(value) is int and (bounds is None or value in bounds)
        case RealType():
            return isinstance(value, Fraction)
        case BoolType():
            return isinstance(value, bool)
    return False

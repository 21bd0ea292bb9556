"""Random statements: assignments, branches with joins and early returns, lists, matrices, loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from programs.expressions import Expressions
from programs.pool import RANGES, Num, Var, binary, compare, num, ranged
from veriquant_proofs.core.syntax import (
    Assert,
    Assign,
    Binder,
    Call,
    Clause,
    Display,
    Element,
    Expr,
    Extreme,
    Filled,
    For,
    Function,
    If,
    Length,
    Operator,
    Pick,
    Quantified,
    Quantor,
    Relation,
    Return,
    Statement,
    Store,
    TupleOf,
    Unpack,
    Variable,
    While,
)
from veriquant_proofs.core.types import (
    BOOL,
    IntType,
    MatrixType,
    SequenceType,
    TupleType,
    Type,
)
from veriquant_spec.types import Range

Block = list[Statement]


def element_of(kind: Type) -> IntType:
    """The element type of an array type."""
    assert isinstance(kind, SequenceType | MatrixType)
    return kind.element


class Statements(Expressions):
    """Writes statements; `locals` collects what they declare."""

    result: Type
    promised: Range
    can_leave = True

    def __init__(self, seed: int, number: int, flavour: str, module: str) -> None:
        super().__init__(seed, number, flavour, module)
        self.locals: dict[str, Type] = {}
        self.branches = 0
        self.list_callees: list[Function] = []

    @property
    def machine(self) -> IntType:
        """The type of an integer that is not declared narrower."""
        return IntType(range=self.word)

    def declare(self, kind: Type, low: int = 0, high: int = 0, **more: int) -> str:
        """A new local variable."""
        name = self.name()
        self.locals[name] = kind
        self.variables[name] = Var(kind, low, high, **more)
        return name

    # ------------------------------------------------------------ assignments

    def assign(self) -> Block:
        ints = [(n, v) for n, v in self.of(IntType) if not v.fixed]
        if ints and self.chance(0.45):
            return self._again(ints)
        choice = self.random.random()
        if choice < 0.12:
            value = self.boolean(2)
            return [Assign(target=self.declare(BOOL), value=value)]
        if choice < 0.22:
            a, b = self.integer(1), self.integer(1)
            low, high = min(a.low, b.low), max(a.high, b.high)
            kind = TupleType(items=(self.machine, self.machine))
            return [
                Assign(target=self.declare(kind, low, high), value=TupleOf(items=(a.expr, b.expr)))
            ]
        if choice < 0.45:
            kind_name = self.pick(list(RANGES))
            bounds = RANGES[kind_name]
            value = self.within(bounds, 2)
            name = self.declare(ranged(kind_name), *bounds)
            return [Assign(target=name, value=value.expr)]
        value = self.integer(3)
        return [Assign(target=self.declare(self.machine, value.low, value.high), value=value.expr)]

    def _again(self, ints: list[tuple[str, Var]]) -> Block:
        """A variable gets a new value."""
        name, var = self.pick(ints)
        assert isinstance(var.type, IntType) and var.type.range is not None
        bounds = var.type.range
        other, twin = self.pick(ints)
        if other != name and self.chance(0.2):
            swap = Unpack(
                targets=(name, other), value=TupleOf(items=(self.read(other), self.read(name)))
            )
            low, high = min(var.low, twin.low), max(var.high, twin.high)
            for one in (var, twin):
                assert isinstance(one.type, IntType) and one.type.range is not None
                one.low, one.high = max(low, one.type.range.low), min(high, one.type.range.high)
            return [swap]
        if self.chance(0.3):
            step = self.integer(1)
            operator = self.pick([Operator.ADD, Operator.SUB])
            reach = max(abs(step.low), abs(step.high))
            value = Num(
                binary(operator, self.read(name), step.expr), var.low - reach, var.high + reach
            )
        else:
            value = self.within(bounds, 2)
        var.low = max(min(var.low, value.low), bounds.low)
        var.high = min(max(var.high, value.high), bounds.high)
        return [Assign(target=name, value=value.expr)]

    def assertion(self) -> Block:
        ints = self.of(IntType)
        if not ints:
            return []
        name, var = self.pick(ints)
        made = self.in_spec(lambda: self.claim(self.read(name), var.low, var.high))
        return [Assert(condition=made)]

    def branch(self, nested: int) -> Block:
        """`if`, sometimes with an early return, and the join after it."""
        self.branches += 1
        test = self.boolean(2)
        before = {n: replace(v) for n, v in self.variables.items()}
        then = self.block(self.random.randint(1, 2), nested - 1)
        left = self.can_leave and self.chance(0.15)
        if left:
            then.append(self.leave())
        after, self.variables = self.variables, before
        otherwise: Block = []
        if self.chance(0.6):
            otherwise = self.block(self.random.randint(1, 2), nested - 1)
        if not left:
            self.join(after)
        return [If(test=test, then=tuple(then), otherwise=tuple(otherwise))]

    def join(self, other: dict[str, Var]) -> None:
        """Variables of both branches, with ranges that hold them both."""
        merged = {}
        for name, var in self.variables.items():
            twin = other.get(name)
            if twin is not None:
                var.low, var.high = min(var.low, twin.low), max(var.high, twin.high)
                var.least = min(var.least, twin.least)
                merged[name] = var
        self.variables = merged

    def block(self, count: int, nested: int) -> Block:
        """Some statements; empty where nothing came to mind."""
        found: Block = []
        for _ in range(count):
            choice = self.random.random()
            if nested > 0 and self.branches < 3 and choice < 0.2:
                found += self.branch(nested)
            elif choice < 0.3:
                found += self.assertion()
            elif choice < 0.6 and self.flavour == "wild":
                found += self.wild()
            elif choice < 0.4 and self.flavour != "bits":
                found += self.lists()
            else:
                found += self.assign()
        return found

    def leave(self) -> Return:
        """A return of the declared type."""
        result = self.result
        if isinstance(result, IntType):
            return Return(value=self.within(self.promised, 2, 0.9).expr)
        if isinstance(result, TupleType):
            items = tuple(self.within(self.promised, 1, 0.9).expr for _ in range(2))
            return Return(value=TupleOf(items=items))
        own = [n for n, v in self.of(SequenceType) if not v.fixed]
        if own and self.chance(0.8):
            return Return(value=self.read(self.pick(own)))
        items = tuple(self.within(self.promised, 1, 0.9).expr for _ in range(2))
        return Return(value=Display(items=items, element=element_of(result)))

    # ------------------------------------------------------------ arrays

    def lists(self) -> Block:
        own = [(n, v) for n, v in self.of(SequenceType) if not v.fixed]
        if own and self.chance(0.6):
            name, var = self.pick(own)
            bounds = element_of(var.type).range
            assert bounds is not None
            value = self.within(bounds, 2)
            return [Store(array=name, indices=(self.index(name, var, 1),), value=value.expr)]
        kind = self.pick(["U4", "S6", "Odd"])
        bounds, element = RANGES[kind], ranged(kind)
        if self.chance(0.5):
            items = tuple(self.within(bounds, 1).expr for _ in range(self.random.randint(1, 4)))
            name = self.declare(SequenceType(element=element), *bounds, least=len(items))
            return [Assign(target=name, value=Display(items=items, element=element))]
        item, least = num(self.pick([0, 1, 3, 3, 20, -7])), 0
        if self.chance(0.4):
            count: Expr = Extreme(pick=Pick.MIN, operands=(self.some(1).expr, num(5)))
        else:
            least = self.random.randint(1, 4)
            count = num(least)
        name = self.declare(SequenceType(element=element), *bounds, least=least)
        return [Assign(target=name, value=Filled(value=item, count=count, element=element))]

    def wild(self) -> Block:
        """Matrices, lists bound again, calls that make lists, tuples of tuples."""
        own = [(n, v) for n, v in self.of(SequenceType) if not v.fixed]
        lists = self.of(SequenceType)
        choice = self.random.random()
        if choice < 0.4:
            return self._matrix()
        if choice < 0.6 and own:
            name, var = self.pick(own)
            element = element_of(var.type)
            assert element.range is not None
            if self.chance(0.6):
                items = tuple(
                    self.within(element.range, 0).expr for _ in range(self.random.randint(1, 4))
                )
                var.least = len(items)
                return [Assign(target=name, value=Display(items=items, element=element))]
            var.least = self.random.randint(1, 4)
            value = Filled(value=num(element.range.low), count=num(var.least), element=element)
            return [Assign(target=name, value=value)]
        if choice < 0.75 and self.list_callees and lists:
            callee = self.pick(self.list_callees)
            array = self.read(self.pick(lists)[0])
            arguments = (array, self.within(RANGES["U2"], 1).expr)
            element = element_of(callee.result)
            assert element.range is not None
            call = Call(function=callee.id, arguments=arguments, result=callee.result)
            return [Assign(target=self.declare(callee.result, *element.range), value=call)]
        if choice < 0.85:
            a, b = self.within(RANGES["U4"], 1), self.boolean(1)
            value = TupleOf(items=(a.expr, TupleOf(items=(b, a.expr))))
            kind = TupleType(items=(self.machine, TupleType(items=(BOOL, self.machine))))
            pair = self.name()
            self.locals[pair] = kind
            first = self.declare(self.machine, a.low, a.high)
            second = self.name()
            self.locals[second] = kind.items[1]
            taken = Unpack(targets=(first, second), value=Variable(name=pair, type=kind))
            return [Assign(target=pair, value=value), taken]
        return self.lists()

    def _matrix(self) -> Block:
        own = [(n, v) for n, v in self.of(MatrixType) if not v.fixed]
        if own and self.chance(0.6):
            name, var = self.pick(own)
            bounds = element_of(var.type).range
            assert bounds is not None
            value = self.within(bounds, 2).expr
            return [Store(array=name, indices=self.cell(name, var), value=value)]
        kind = self.pick(["U4", "S6"])
        rows, columns = self.random.randint(1, 3), self.random.randint(1, 3)
        width: Expr = num(columns)
        count: Expr = num(rows)
        least = min(rows, columns)
        if self.chance(0.2):
            width, least = self.some(0).expr, 0
        if self.chance(0.2):
            count, least = Extreme(pick=Pick.MIN, operands=(self.some(0).expr, num(3))), 0
        element = ranged(kind)
        name = self.declare(MatrixType(element=element), *RANGES[kind], least=least)
        item = num(self.random.randint(0, 9))
        made = Filled(value=item, count=count, width=width, element=element)
        return [Assign(target=name, value=made)]

    # ------------------------------------------------------------ loops

    def loop(self, nested: int) -> Block:
        makers: list[Callable[[int], Block]] = [
            self.count_up,
            self.count_up,
            self.count_down,
            self.fill,
        ]
        return self.pick(makers)(nested)  # type: ignore[no-any-return]

    def stop(self) -> tuple[Expr, int, str]:
        """Stop of a loop, its largest value, and the sequence whose indices it covers."""
        lists = self.of(SequenceType)
        if lists and self.chance(0.6):
            name = self.pick(lists)[0]
            return Length(array=self.read(name)), 6, name
        counts = [(n, v) for n, v in self.of(IntType) if 0 < v.high <= 15]
        if counts and self.chance(0.6):
            name, var = self.pick(counts)
            return self.read(name), var.high, ""
        value = self.random.randint(0, 6)
        return num(value), value, ""

    def invariants(self, conditions: list[Expr]) -> tuple[Clause, ...]:
        """Most of the conditions, one or the other a little wrong, and a few more."""
        chosen = [c for c in conditions if not self.chance(0.06)]
        if self.chance(0.15):
            name, var = self.pick(self.of(IntType))
            chosen.append(self.in_spec(lambda: self.claim(self.read(name), var.low, var.high)))
        lists = self.of(SequenceType)
        if lists and self.chance(0.2):
            name, var = self.pick(lists)
            array = self.read(name)
            claim = self.in_spec(
                lambda: self.elements_claim(array, var.low, var.high, Length(array=array))
            )
            chosen.append(claim)
        return tuple(Clause(condition=c) for c in chosen)

    def between(self, low: int, value: Expr, high: int) -> list[Expr]:
        """Bounds as invariants, now and then off by one."""
        off = [0] * 15 + [1]
        return [
            compare(num(low + self.pick(off)), Relation.LE, value),
            compare(value, Relation.LE, num(high - self.pick(off))),
        ]

    def count_up(self, nested: int) -> Block:
        """`for` with an accumulator that moves by bounded steps, or a running extreme."""
        stop, most, covers = self.stop()
        start = self.random.randint(-1, 2) if self.chance(0.25) else 0
        begin = self.integer(1)
        kind = self.pick([self.machine, self.machine, ranged("S6"), ranged("Odd")])
        acc = self.declare(kind, begin.low, begin.high)
        before: Block = [Assign(target=acc, value=begin.expr)]
        index = self.name()
        outside = set(self.variables)
        self.variables[index] = Var(
            self.machine, start, max(most - 1, start), True, covers=covers if start >= 0 else ""
        )
        step, body = self.integer(2), []
        extra: list[Expr] = []
        if self.random.random() < 0.65:
            if nested > 0 and self.chance(0.2):
                body += self.branch(0)
            elif nested > 0 and self.chance(0.25):
                body += self.count_up(0)
            elif self.chance(0.3):
                body += self.block(1, 0)
            new = binary(Operator.ADD, self.read(acc), step.expr)
            add = Assign(target=acc, value=new)
            low, high = min(step.low, 0), max(step.high, 0)
            body.append(If(test=self.boolean(1), then=(add,)) if self.chance(0.3) else add)
        else:
            pick = self.pick(list(Pick))
            body.append(
                Assign(target=acc, value=Extreme(pick=pick, operands=(self.read(acc), step.expr)))
            )
            low, high = step.low - begin.low, step.high - begin.high
            low, high, most = min(low, 0), max(high, 0), 1
            if covers and self.chance(0.5):
                extra.append(self._every(covers, index, acc, pick))
        least, largest = begin.low + low * max(most, 1), begin.high + high * max(most, 1)
        bounds = kind.range
        assert bounds is not None
        conditions = [*self.between(least, self.read(acc), largest), *extra]
        if low * high == 0 and self.chance(0.5) and most != 1 and start == 0:
            position = self.read(index)
            reach = binary(Operator.MUL, position, num(low or high)) if low or high else num(0)
            if low:
                conditions.append(compare(reach, Relation.LE, self.read(acc)))
            elif high and begin.high <= 0:
                conditions.append(compare(self.read(acc), Relation.LE, reach))
        chosen = self.invariants(conditions)
        self.forget(outside)
        var = self.variables[acc]
        var.low, var.high = max(least, bounds.low), min(largest, bounds.high)
        whole = For(
            variable=index,
            type=self.machine,
            low=num(start),
            high=stop,
            invariants=chosen,
            body=tuple(body),
        )
        return [*before, whole]

    def _every(self, covers: str, index: str, acc: str, pick: Pick) -> Expr:
        """The extreme so far is one of the elements before `index`."""
        name = self.name()
        element = Element(array=self.read(covers), index=Variable(name=name, type=IntType()))
        relation = Relation.LE if pick is Pick.MIN else Relation.GE
        binder = Binder(name=name, low=num(0), high=self.read(index))
        body = compare(self.read(acc), relation, element)
        return Quantified(quantor=Quantor.ALL, binders=(binder,), body=body)

    def count_down(self, nested: int) -> Block:
        """`while` with a counter that shrinks."""
        begin = self.within(Range(0, 12), 1, 0.95)
        most = max(begin.high, 0)
        k = self.declare(self.machine, begin.low, most)
        made: Block = [Assign(target=k, value=begin.expr)]
        acc = ""
        if self.chance(0.6):
            first = self.integer(1)
            acc = self.declare(self.machine, first.low, first.high)
            made.append(Assign(target=acc, value=first.expr))
        floor = self.pick([0, 0, 1, 2])
        test = compare(self.read(k), Relation.GT, num(floor))
        if self.chance(0.2):
            test = compare(self.read(k), Relation.NE, num(0))
        outside = set(self.variables)
        body: Block = []
        conditions = self.between(0, self.read(k), most)
        if acc:
            step = self.integer(1)
            body.append(Assign(target=acc, value=binary(Operator.ADD, self.read(acc), step.expr)))
            base = self.variables[acc]
            base.low += min(step.low, 0) * most
            base.high += max(step.high, 0) * most
            conditions += self.between(base.low, self.read(acc), base.high)
        if self.chance(0.3):
            body += self.block(1, 0)
        counter = self.read(k)
        shrink = self.pick(
            [(Operator.SUB, 1)] * 6
            + [(Operator.FLOOR_DIV, 2), (Operator.SUB, 2), (Operator.MOD, 2)]
        )
        body.append(Assign(target=k, value=binary(shrink[0], counter, num(shrink[1]))))
        measure: Expr = counter
        if self.chance(0.1):
            operator, value = self.pick([(Operator.ADD, 1), (Operator.MUL, 2), (Operator.SUB, 1)])
            measure = binary(operator, counter, num(value))
        chosen = self.invariants(conditions)
        self.forget(outside)
        self.variables[k] = Var(self.machine, -1, most)
        made.append(While(test=test, invariants=chosen, variant=measure, body=tuple(body)))
        return made

    def fill(self, nested: int) -> Block:
        """A list filled from its first element on, described by a quantified invariant."""
        stop, most, covers = self.stop()
        kind = self.pick(["U4", "S6", "Odd"])
        bounds, element = RANGES[kind], ranged(kind)
        item = num(self.pick([0, 1, 3]))
        outside = dict(self.variables)
        xs = self.declare(SequenceType(element=element), *bounds)
        made: Block = [Assign(target=xs, value=Filled(value=item, count=stop, element=element))]
        index = self.name()
        var = self.variables.pop(xs)
        self.variables[index] = Var(self.machine, 0, max(most - 1, 0), True, covers=covers)
        value = self.within(bounds, 2)
        array = Variable(name=xs, type=var.type)
        position = Variable(name=index, type=self.machine)
        store = Store(array=xs, indices=(position,), value=value.expr)
        low, high = max(value.low, bounds.low), min(value.high, bounds.high)
        claim = self.in_spec(lambda: self.elements_claim(array, low, high, position))
        self.variables[xs] = var
        chosen = self.invariants([claim])
        self.variables = {**outside, xs: var}
        made.append(
            For(
                variable=index,
                type=self.machine,
                low=num(0),
                high=stop,
                invariants=chosen,
                body=(store,),
            )
        )
        return made

    def forget(self, names: set[str]) -> None:
        """Leave a loop: what it declared is not there after it."""
        self.variables = {n: v for n, v in self.variables.items() if n in names}

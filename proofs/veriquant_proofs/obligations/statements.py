"""Walks a function body once and leaves its passive form: facts and checks in order of a run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from veriquant_proofs.core import checks
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.syntax import (
    Assert,
    Assign,
    Clause,
    Expr,
    For,
    Function,
    If,
    Length,
    Program,
    Project,
    Return,
    Role,
    Statement,
    Store,
    TupleOf,
    Unpack,
    Use,
    While,
)
from veriquant_proofs.core.traverse import assigned, rebound
from veriquant_proofs.core.types import INT, IntType, MatrixType, SequenceType, TupleType, Type
from veriquant_proofs.obligations.expressions import Evaluator, Scope
from veriquant_proofs.obligations.formula import (
    ONE,
    ZERO,
    Select,
    Sort,
    Stored,
    Symbol,
    Term,
    add,
    at_most,
    below,
    choice,
    conjunction,
    disjunction,
    equal,
    indexes,
    negation,
    subterms,
)
from veriquant_proofs.obligations.intervals import interval
from veriquant_proofs.obligations.trail import Guard, Trail
from veriquant_proofs.obligations.values import Matrix, Sequence, Tuple, Value

#: An unbounded variable whose value has at most this many parts stands for the value itself.
SMALL_TERM = 8


@dataclass(slots=True)
class Walk:
    """The walk over one function: `values` is what every variable holds at this point."""

    program: Program
    function: Function
    trail: Trail = field(default_factory=Trail)
    values: dict[str, Value] = field(default_factory=dict)
    entry: dict[str, Value] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)

    def run(self) -> None:
        """Everything about the function."""
        function = self.function
        self.types = {p.name: p.type for p in function.parameters}
        self.types |= {local.name: local.type for local in function.locals}
        for parameter in function.parameters:
            self.values[parameter.name] = self.trail.symbol(parameter.name, parameter.type)
        self.entry = dict(self.values)
        spec = self.evaluator(executable=False)
        for clause in function.requires:
            self.trail.assume(spec.clause(clause), clause.place.text)
        self.trail.reached("precondition", function.place)
        if function.role is Role.LOGIC:
            assert function.value is not None
            spec.value(function.value)
        else:
            self.block(function.body)

    def evaluator(self, *, executable: bool, checked: bool = True) -> Evaluator:
        """Evaluates expressions at this point."""
        scope = Scope(self.values, self.entry)
        return Evaluator(
            self.program,
            self.trail,
            scope,
            self.function.word,
            executable=executable,
            checked=checked,
        )

    # ---------------------------------------------------------------- statements

    def block(self, statements: tuple[Statement, ...]) -> bool:
        """Walk statements; whether control can leave them at their end."""
        return all(self.statement(statement) for statement in statements)

    def statement(self, node: Statement) -> bool:
        """Walk one statement; whether control goes on after it."""
        match node:
            case Assign(target=target, value=expr):
                self.bind(target, self._code(expr), expr)
            case Unpack(targets=targets, value=expr):
                value = self._code(expr)
                assert isinstance(value, Tuple)
                evaluator = self.evaluator(executable=True)
                for position, (target, part) in enumerate(zip(targets, value.items, strict=True)):
                    item = expr.items[position] if isinstance(expr, TupleOf) else None
                    item = item or Project(tuple=expr, index=position, place=expr.place)
                    evaluator.fit(part, item, self.types[target], target)
                parts = [
                    self.named(t, self.types[t], v)
                    for t, v in zip(targets, value.items, strict=True)
                ]
                self.values.update(zip(targets, parts, strict=True))
            case Store():
                self.store(node)
            case Use(lemma=lemma, arguments=arguments):
                spec = self.evaluator(executable=False)
                values = [spec.value(a) for a in arguments]
                spec.call(self.program[lemma], values, arguments, node.place)
            case Assert(condition=condition):
                formula = self.evaluator(executable=False).term(condition)
                place = condition.place
                self.trail.check(Kind.ASSERTION, formula, place, place.text, place.text)
            case If():
                return self.branch(node)
            case For():
                self.for_loop(node)
            case While():
                self.while_loop(node)
            case Return(value=expr):
                self.leave(expr)
                return False
        return True

    def _code(self, expr: Expr) -> Value:
        return self.evaluator(executable=True).value(expr)

    def bind(self, target: str, value: Value, expr: Expr) -> None:
        """A variable's new value: of its declared type, checked."""
        self.evaluator(executable=True).fit(value, expr, self.types[target], target)
        self.values[target] = self.named(target, self.types[target], value)

    def named(self, name: str, kind: Type, value: Value) -> Value:
        """A symbol of the type that equals the value on this path."""
        if isinstance(value, Tuple):
            assert isinstance(kind, TupleType)
            parts = enumerate(zip(kind.items, value.items, strict=True))
            return Tuple(tuple(self.named(f"{name}~{i}", t, v) for i, (t, v) in parts))
        if isinstance(value, Sequence | Matrix):
            assert isinstance(kind, SequenceType | MatrixType)
            array = Symbol(self.trail.fresh(name), _sort(value))
            self.trail.assume(equal(array, value.array))
            return replace(value, array=array, element=kind.element)
        if kind == INT and sum(1 for _ in subterms(value)) <= SMALL_TERM:
            return value  # solvers see more of a term than of a name for it
        if kind == INT:  # a definition: it takes nothing from the path, and neither does its range
            symbol = Symbol(self.trail.fresh(name), Sort.INT, interval(value).bounds)
            self.trail.truth(equal(symbol, value))
            return symbol
        if isinstance(kind, IntType) and kind.range is not None:
            self.trail.renamed(value, kind.range)
        fresh = self.trail.symbol(name, kind)
        assert isinstance(fresh, Symbol)
        self.trail.assume(equal(fresh, value))
        return fresh

    def store(self, node: Store) -> None:
        """`x[i] = v` or `x[i][j] = v`: Python evaluates the value first, then the subscripts."""
        array = self.values[node.array]
        kind = self.types[node.array]
        value = self.evaluator(executable=True).term(node.value)
        text = node.place.text.partition(" = ")[0]
        assert isinstance(kind, SequenceType | MatrixType)
        self.evaluator(executable=True).fit(value, node.value, kind.element, text)
        goal = checks.index_goal(node.place)
        index = self.evaluator(executable=True).term(node.indices[0])
        changed: Term
        if isinstance(array, Sequence):
            self.trail.check(Kind.INDEX, indexes(index, array.length), node.place, goal)
            changed = Stored(array.array, index, value)
        else:
            assert isinstance(array, Matrix)
            inside = indexes(index, array.rows)
            self.trail.check(Kind.INDEX, inside, node.place, goal)
            row = array.row(index, inside)
            column = self.evaluator(executable=True).term(node.indices[1])
            self.trail.check(Kind.INDEX, indexes(column, row.length), node.place, goal)
            changed = Stored(array.array, index, Stored(Select(array.array, index), column, value))
        symbol = Symbol(self.trail.fresh(node.array), _sort(array))
        self.trail.assume(equal(symbol, changed))
        self.values[node.array] = replace(array, array=symbol)

    def leave(self, expr: Expr) -> None:
        """`return`: the result is of its type and satisfies every postcondition."""
        function, trail = self.function, self.trail
        value = self._code(expr)
        self.evaluator(executable=True).fit(value, expr, function.result, "result")
        if not isinstance(value, Sequence | Matrix | Tuple) and function.role is Role.KERNEL:
            value = self.named("result", function.result, value)
        names = {**self.entry, **self._written(), "result": value}
        spec = self.evaluator(executable=False).with_names(names)
        for clause in function.ensures:
            formula = spec.clause(clause)
            trail.check(Kind.POSTCONDITION, formula, clause.place, clause.place.text)

    def _written(self) -> dict[str, Value]:
        return {p.name: self.values[p.name] for p in self.function.parameters}

    # ---------------------------------------------------------------- branches

    def branch(self, node: If) -> bool:
        """Both branches, and one state after them: symbols that differ are joined by the test."""
        trail = self.trail
        value = self.evaluator(executable=True).term(node.test)
        test = Symbol(trail.fresh("test"), Sort.BOOL)
        trail.truth(equal(test, value))
        text = node.test.place.text
        count, before = len(trail.guards), dict(self.values)
        trail.guards.append(Guard(test, text))
        first = self.block(node.then)
        then_guards, then_values = trail.guards[count:], self.values
        del trail.guards[count:]
        self.values = dict(before)
        trail.guards.append(Guard(negation(test), f"not ({text})"))
        second = self.block(node.otherwise)
        else_guards = trail.guards[count:]
        if not first:
            return second
        del trail.guards[count:]
        if not second:
            self.values = then_values
            trail.guards += then_guards
            return True
        if len(then_guards) > 1 or len(else_guards) > 1:  # some path inside has ended
            reach = Symbol(trail.fresh("reach"), Sort.BOOL)
            ways = [conjunction([g.term for g in gs]) for gs in (then_guards, else_guards)]
            trail.truth(equal(reach, disjunction(ways)))
            trail.guards.append(Guard(reach, ""))
        self._join(test, then_values, self.values)
        return True

    def _join(self, test: Term, then: dict[str, Value], otherwise: dict[str, Value]) -> None:
        self.values = {
            name: self._joined(name, self.types[name], test, then[name], otherwise[name])
            if name in self.types
            else then[name]
            for name in then
            if name in otherwise
        }

    def _joined(self, name: str, kind: Type, test: Term, yes: Value, no: Value) -> Value:
        if yes == no:
            return yes
        if isinstance(yes, Tuple):
            assert isinstance(no, Tuple) and isinstance(kind, TupleType)
            parts = zip(kind.items, yes.items, no.items, strict=True)
            return Tuple(
                tuple(
                    self._joined(f"{name}~{i}", t, test, a, b) for i, (t, a, b) in enumerate(parts)
                )
            )
        if isinstance(yes, Sequence):
            assert isinstance(no, Sequence)
            array = self._chosen(name, Sort.ARRAY, test, yes.array, no.array)
            length = self._chosen(f"{name}~length", Sort.INT, test, yes.length, no.length)
            return replace(yes, array=array, length=length)
        if isinstance(yes, Matrix):
            assert isinstance(no, Matrix)
            return replace(
                yes,
                array=self._chosen(name, Sort.MATRIX, test, yes.array, no.array),
                rows=self._chosen(f"{name}~rows", Sort.INT, test, yes.rows, no.rows),
                widths=self._chosen(f"{name}~widths", Sort.ARRAY, test, yes.widths, no.widths),
            )
        symbol = self.trail.symbol(name, kind)
        assert isinstance(symbol, Symbol) and not isinstance(no, Sequence | Matrix | Tuple)
        self.trail.assume(equal(symbol, choice(test, yes, no)))
        return symbol

    def _chosen(self, name: str, sort: Sort, test: Term, yes: Term, no: Term) -> Term:
        if yes == no:
            return yes
        symbol = Symbol(self.trail.fresh(name), sort)
        self.trail.truth(equal(symbol, choice(test, yes, no)))
        return symbol

    # ---------------------------------------------------------------- loops

    def for_loop(self, node: For) -> None:
        """Invariants before, an arbitrary iteration, and what holds when no index is left."""
        name, trail = node.variable, self.trail
        ends = [self.evaluator(executable=True).term(expr) for expr in (node.low, node.high)]
        for term, expr in zip(ends, (node.low, node.high), strict=True):
            self.evaluator(executable=True).fit(term, expr, node.type, checks.loop_bound(name))
        low, high = ends
        self.values[name] = low
        self._check_invariants(Kind.INVARIANT_INIT, node.invariants)
        before = dict(self.values)
        text = f"{node.low.place.text} <= {name} < {node.high.place.text}"
        with trail.scope():
            self._havoc(node)
            index = trail.symbol(name, node.type)
            assert isinstance(index, Symbol)
            self.values[name] = index
            inside = conjunction([at_most(low, index), below(index, high)])
            with trail.guarded(inside, text):
                self._assume_invariants(node.invariants)
                trail.reached("invariant", node.place)
                if self.block(node.body):
                    self.values[name] = add(index, ONE)
                    self._check_invariants(Kind.INVARIANT_PRESERVED, node.invariants)
        self.values = before
        self._havoc(node)
        never_negative = low == ZERO and isinstance(node.high, Length)
        self.values[name] = high if never_negative else choice(below(low, high), high, low)
        self._assume_invariants(node.invariants)
        del self.values[name]

    def while_loop(self, node: While) -> None:
        """As `for_loop`; the variant shows that it ends."""
        trail = self.trail
        self._check_invariants(Kind.INVARIANT_INIT, node.invariants)
        self._havoc(node)
        self._assume_invariants(node.invariants)
        value = self.evaluator(executable=True).term(node.test)
        test = Symbol(trail.fresh("test"), Sort.BOOL)
        trail.truth(equal(test, value))
        text, place = node.test.place.text, node.variant.place
        after = dict(self.values)
        with trail.scope(), trail.guarded(test, text):
            trail.reached("invariant", node.place)
            earlier = self.evaluator(executable=False).term(node.variant)
            goal = checks.variant_goal(place, decreases=False)
            trail.check(Kind.VARIANT, at_most(ZERO, earlier), place, goal)
            if self.block(node.body):
                later = self.evaluator(executable=False).term(node.variant)
                goal = checks.variant_goal(place, decreases=True)
                trail.check(Kind.VARIANT, below(later, earlier), place, goal)
                self._check_invariants(Kind.INVARIANT_PRESERVED, node.invariants)
        self.values = after
        trail.guards.append(Guard(negation(test), f"not ({text})"))

    def _check_invariants(self, kind: Kind, invariants: tuple[Clause, ...]) -> None:
        for clause in invariants:
            formula = self.evaluator(executable=False).clause(clause)
            self.trail.check(kind, formula, clause.place, clause.place.text)

    def _assume_invariants(self, invariants: tuple[Clause, ...]) -> None:
        for clause in invariants:
            formula = self.evaluator(executable=False, checked=False).clause(clause)
            self.trail.assume(formula, clause.place.text)

    def _havoc(self, node: For | While) -> None:
        """Forget the variables that the loop body assigns; their types still hold."""
        whole = rebound(node.body)
        for name in sorted(assigned(node.body) & set(self.values)):
            old = self.values[name]
            if isinstance(old, Sequence | Matrix) and name not in whole:  # stores keep the length
                array = Symbol(self.trail.fresh(name), _sort(old))
                self.values[name] = replace(old, array=array)
            else:
                self.values[name] = self.trail.symbol(name, self.types[name])


def _sort(value: Sequence | Matrix) -> Sort:
    return Sort.ARRAY if isinstance(value, Sequence) else Sort.MATRIX

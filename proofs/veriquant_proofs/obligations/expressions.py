"""The meaning of core expressions as formulas, and the checks that evaluating them makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import assert_never

from veriquant_proofs.core import checks
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.syntax import (
    Absolute,
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
    Function,
    IntLiteral,
    Junction,
    Length,
    LogicCall,
    Mode,
    Negate,
    Not,
    Old,
    Operator,
    Place,
    Program,
    Project,
    Quantified,
    Quantor,
    RealLiteral,
    Relation,
    Role,
    ToReal,
    TupleOf,
    Variable,
)
from veriquant_proofs.core.traverse import recursive
from veriquant_proofs.core.types import (
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
    fits,
)
from veriquant_proofs.core.typing import static_type, type_of
from veriquant_proofs.obligations.declared import declared, elements_within, read
from veriquant_proofs.obligations.formula import (
    TRUE,
    ZERO,
    Arithmetic,
    Compare,
    Number,
    Quantifier,
    Rational,
    Real,
    Sort,
    Symbol,
    Term,
    Truth,
    at_most,
    below,
    choice,
    conjunction,
    disjunction,
    equal,
    implication,
    indexes,
    negation,
    sort_of,
    within,
)
from veriquant_proofs.obligations.lists import display, filled
from veriquant_proofs.obligations.numbers import compared, extreme, negated, zero_like
from veriquant_proofs.obligations.patterns import patterns
from veriquant_proofs.obligations.trail import Guard, Trail
from veriquant_proofs.obligations.values import (
    Matrix,
    Sequence,
    Tuple,
    Value,
    applied,
    flat,
    type_ranges,
)
from veriquant_spec.types import Range

#: A quantifier over at most this many known values is written out.
EXPAND_LIMIT = 64

#: Depth to which specification functions are replaced by their values.
INLINE_LIMIT = 16


class UnsupportedError(Exception):
    """A construct that obligations cannot express, with its place."""

    def __init__(self, place: Place, message: str) -> None:
        self.place = place
        super().__init__(message)


@dataclass(slots=True)
class Scope:
    """What names mean where an expression stands."""

    names: Mapping[str, Value]
    olds: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluates expressions of one function.

    `executable`: integer operations are checked against `word`; `checked`: checks are recorded,
    else only what is true without them; `place`: the call that an inlined specification function
    stands for, since the function may be in another file; `unfolding`: inside a recursive
    function's defining equation, which is written one step deep.
    """

    program: Program
    trail: Trail
    scope: Scope
    word: Range | None
    executable: bool = False
    checked: bool = True
    place: Place | None = None
    unfolding: bool = False
    depth: int = 0

    # ---------------------------------------------------------------- entry points

    def term(self, expr: Expr) -> Term:
        """The value of a number or truth value."""
        value = self.value(expr)
        if isinstance(value, Sequence | Matrix | Tuple):
            raise UnsupportedError(expr.place, f"`{expr.place.text}` is no number")
        return value

    def value(self, expr: Expr) -> Value:
        """The value of an expression, its checks recorded."""
        match expr:
            case IntLiteral(value=number):
                return Number(number)
            case RealLiteral(value=fraction):
                return Rational(fraction)
            case BoolLiteral(value=truth):
                return Truth(truth)
            case Variable(name=name):
                return self.scope.names[name]
            case Old(name=name):
                return self.scope.olds[name]
            case Binary():
                return self._binary(expr)
            case Negate(operand=operand):
                return self._result(expr, negated(self.term(operand)))
            case Absolute(operand=operand):
                term = self.term(operand)
                positive = at_most(zero_like(term), term)
                return self._result(expr, choice(positive, term, negated(term)))
            case Extreme(pick=pick, operands=operands):
                return extreme(pick, [self.term(o) for o in operands])
            case ToReal(operand=operand):
                term = self.term(operand)
                return Rational(Fraction(term.value)) if isinstance(term, Number) else Real(term)
            case Comparison():
                return self._comparison(expr)
            case Connective():
                return self._connective(expr)
            case Not(operand=operand):
                return negation(self.term(operand))
            case Conditional():
                return self._conditional(expr)
            case TupleOf(items=items):
                return Tuple(tuple(self.value(item) for item in items))
            case Project(tuple=whole, index=index):
                value = self.value(whole)
                assert isinstance(value, Tuple)
                return value.items[index]
            case Length(array=array):
                value = self.value(array)
                assert isinstance(value, Sequence | Matrix)
                return value.length if isinstance(value, Sequence) else value.rows
            case Element():
                return self._element(expr)
            case Display():
                return display(self, expr)
            case Filled():
                return filled(self, expr)
            case Call():
                return self._call(expr)
            case LogicCall():
                return self._logic(expr)
            case Quantified():
                return self._quantified(expr, list(expr.binders))
        assert_never(expr)

    def check(self, kind: Kind, formula: Term, place: Place, goal: str) -> None:
        """A check made here, unless this is an assumption."""
        if self.checked:
            self.trail.check(kind, formula, self.place or place, goal)

    # ---------------------------------------------------------------- arithmetic

    def _result(self, expr: Expr, term: Term) -> Term:
        """An operation's result, checked against the machine word."""
        if self.executable and self.word is not None and sort_of(term) is Sort.INT:
            goal = checks.overflow_goal(expr.place, self.word)
            self.check(Kind.OVERFLOW, within(term, self.word), expr.place, goal)
        return term

    def _binary(self, expr: Binary) -> Term:
        left, right = self.term(expr.left), self.term(expr.right)
        divisor = expr.right.place
        if expr.operator in (Operator.FLOOR_DIV, Operator.MOD, Operator.TRUE_DIV):
            zero = zero_like(right)
            formula = (
                Truth(right != zero)
                if isinstance(right, Number | Rational)
                else Compare(Relation.NE, right, zero)
            )
            self.check(Kind.DIVISION, formula, expr.place, checks.divisor_goal(divisor))
        elif expr.operator in (Operator.SHIFT_LEFT, Operator.SHIFT_RIGHT):
            limit = checks.shift_limit(self.word)
            goal = checks.shift_goal(divisor, self.word)
            self.check(Kind.SHIFT, within(right, Range(0, limit)), expr.place, goal)
        return self._result(expr, Arithmetic(expr.operator, left, right))

    # ---------------------------------------------------------------- conditions

    def _comparison(self, expr: Comparison) -> Term:
        trail = self.trail
        count = len(trail.guards)
        terms = [self.term(expr.operands[0])]
        links: list[Term] = []
        for relation, operand in zip(expr.relations, expr.operands[1:], strict=True):
            terms.append(self.term(operand))
            links.append(compared(relation, terms[-2], terms[-1]))
            trail.guards.append(Guard(links[-1], ""))
        del trail.guards[count:]
        return conjunction(links)

    def _connective(self, expr: Connective) -> Term:
        trail = self.trail
        count = len(trail.guards)
        terms: list[Term] = []
        both = expr.junction is Junction.AND
        for operand in expr.operands:
            terms.append(self.term(operand))
            text = operand.place.text
            guard = terms[-1] if both else negation(terms[-1])
            trail.guards.append(Guard(guard, text if both else f"not ({text})"))
        del trail.guards[count:]
        return conjunction(terms) if both else disjunction(terms)

    def _conditional(self, expr: Conditional) -> Value:
        test = self.term(expr.test)
        text = expr.test.place.text
        with self.trail.guarded(test, text):
            yes = self.term(expr.yes)
        with self.trail.guarded(negation(test), f"not ({text})"):
            no = self.term(expr.no)
        return choice(test, yes, no)

    # ---------------------------------------------------------------- arrays

    def _element(self, expr: Element) -> Value:
        array = self.value(expr.array)
        index = self.term(expr.index)
        goal = checks.index_goal(expr.place)
        if isinstance(array, Matrix):
            inside = indexes(index, array.rows)
            self.check(Kind.INDEX, inside, expr.place, goal)
            row = array.row(index, inside)
            self.trail.truth(at_most(ZERO, row.length))
            return row
        assert isinstance(array, Sequence)
        self.check(Kind.INDEX, indexes(index, array.length), expr.place, goal)
        return read(self.trail, array, index)

    # ---------------------------------------------------------------- types

    def static(self, expr: Expr) -> Type:
        """The type that an expression has by its syntax."""
        return static_type(expr, word=self.word) if self.executable else type_of(expr)

    def fit(self, value: Value, expr: Expr, wanted: Type, what: str) -> None:
        """The range check of a value that becomes one of type `wanted`."""
        self._fit(value, self.static(expr), wanted, expr.place, what)

    def _fit(self, value: Value, have: Type, wanted: Type, place: Place, what: str) -> None:
        """A narrower range than the machine word is checked even where the types alone promise it:
        the solvers then confirm the rules of `typing`."""
        by_type = fits(have, wanted)
        match wanted:
            case IntType(range=bounds) if bounds is not None:
                assert not isinstance(value, Sequence | Matrix | Tuple)
                if by_type and bounds == self.word:
                    return
                goal = checks.range_goal(what, bounds)
                self.check(Kind.RANGE, within(value, bounds), place, goal)
            case SequenceType(element=element) | MatrixType(element=element) if not by_type:
                bounds = element.range
                assert bounds is not None
                formula = elements_within(self.trail, value, bounds)
                self.check(Kind.RANGE, formula, place, checks.elements_goal(what, bounds))
            case TupleType(items=items):
                assert isinstance(value, Tuple) and isinstance(have, TupleType)
                triples = zip(value.items, have.items, items, strict=True)
                for i, (part, known, kind) in enumerate(triples):
                    self._fit(part, known, kind, place, f"{what}[{i}]")

    # ---------------------------------------------------------------- calls

    def _call(self, expr: Call) -> Value:
        callee = self.program[expr.function]
        if any(p.mode is Mode.WRITTEN for p in callee.parameters):
            raise UnsupportedError(expr.place, f"call of {callee.id.name}, which writes arguments")
        values = [self.value(a) for a in expr.arguments]
        return self.call(callee, values, expr.arguments, expr.place)

    def call(
        self, callee: Function, values: list[Value], arguments: tuple[Expr, ...], place: Place
    ) -> Value:
        """A call by contract.

        Marked functions are pure, so the result is a function of the arguments: the same call twice
        gives the same result, in code and in contracts.
        """
        names = self._bound_arguments(callee, values, arguments, place)
        inside = self._foreign(callee, names)
        required = self._required(callee, inside, place)
        name = str(callee.id)
        terms = tuple(term for value in values for term in flat(value))
        ranges = tuple(r for p in callee.parameters for r in type_ranges(p.type))
        if callee.role is Role.LEMMA:
            result: Value = TRUE
        else:
            result = applied(name, callee.result, terms, ranges)
            declared(self.trail, result, callee.result, f"kernel {callee.id.name}")
        ensured = inside.with_names({**names, "result": result})
        for clause in callee.ensures:
            formula = ensured.term(clause.condition)
            text = f"{callee.id.name} ensures {clause.place.text}"
            if self.checked:
                self.trail.assume(formula, text)
            else:  # nothing here has checked that the call is allowed
                self.trail.truth(implication(required, formula), text)
        return result

    def _bound_arguments(
        self, callee: Function, values: list[Value], arguments: tuple[Expr, ...], place: Place
    ) -> dict[str, Value]:
        names: dict[str, Value] = {}
        for parameter, value, argument in zip(callee.parameters, values, arguments, strict=True):
            what = checks.argument(parameter.name, callee.id.name)
            self._fit(value, self.static(argument), parameter.type, place, what)
            names[parameter.name] = value
        return names

    def _required(self, callee: Function, inside: Evaluator, place: Place) -> Term:
        """The callee's preconditions: each checked; together with the argument ranges."""
        required: list[Term] = []
        for parameter in callee.parameters:
            required += self._ranges(inside.scope.names[parameter.name], parameter.type)
        for clause in callee.requires:
            formula = inside.term(clause.condition)
            goal = checks.precondition_goal(callee.id.name, clause.place)
            self.check(Kind.PRECONDITION, formula, place, goal)
            required.append(formula)
        return conjunction(required)

    def _ranges(self, value: Value, kind: Type) -> list[Term]:
        """That an argument lies in its parameter's type; of arrays where nothing has checked it."""
        match kind:
            case IntType(range=bounds) if bounds is not None:
                assert not isinstance(value, Sequence | Matrix | Tuple)
                return [within(value, bounds)]
            case SequenceType(element=element) | MatrixType(element=element):
                if element.range is not None and not self.checked:
                    return [elements_within(self.trail, value, element.range)]
            case TupleType(items=items):
                assert isinstance(value, Tuple)
                pairs = zip(value.items, items, strict=True)
                return [term for part, item in pairs for term in self._ranges(part, item)]
        return []

    def _foreign(self, callee: Function, names: Mapping[str, Value]) -> Evaluator:
        """Evaluates conditions of another function's contract: checked where it is proved."""
        return replace(
            self,
            scope=Scope(names, names),
            word=callee.word,
            executable=False,
            checked=False,
            place=self.place,
        )

    def with_names(self, names: Mapping[str, Value]) -> Evaluator:
        """The same evaluator where names mean something else."""
        return replace(self, scope=Scope(names, self.scope.olds))

    def clause(self, clause: Clause) -> Term:
        """A condition of a contract or invariant."""
        return self.term(clause.condition)

    # ---------------------------------------------------------------- specification functions

    def _logic(self, expr: LogicCall) -> Value:
        callee = self.program[expr.function]
        values = [self.value(a) for a in expr.arguments]
        names = self._bound_arguments(callee, values, expr.arguments, expr.place)
        inside = self._foreign(callee, names)
        if self.checked:
            self._required(callee, inside, expr.place)
        assert callee.value is not None
        if self.depth >= INLINE_LIMIT:
            raise UnsupportedError(
                expr.place, f"specification functions nested too deeply: {callee.id.name}"
            )
        inside = replace(inside, depth=self.depth + 1, unfolding=self.unfolding)
        if not recursive(callee):
            inlined = replace(inside, checked=self.checked, place=self.place or expr.place)
            return inlined.value(callee.value)
        terms = tuple(term for value in values for term in flat(value))
        ranges = tuple(None for p in callee.parameters for _ in type_ranges(p.type))
        kind = IntType() if isinstance(callee.result, IntType) else callee.result
        value = applied(str(callee.id), kind, terms, ranges)
        if isinstance(value, Sequence | Matrix | Tuple) or isinstance(kind, RealType):
            raise UnsupportedError(
                expr.place, f"recursive {callee.id.name} of a type other than bool and int"
            )
        if not self.unfolding:  # the defining equation at these arguments, one step
            unfolded = replace(inside, unfolding=True).term(callee.value)
            self.trail.truth(equal(value, unfolded))
        return value

    # ---------------------------------------------------------------- quantifiers

    def _quantified(self, expr: Quantified, binders: list[Binder]) -> Term:
        if not binders:
            return self.term(expr.body)
        first, *others = binders
        low, high = self.term(first.low), self.term(first.high)
        universal = expr.quantor is Quantor.ALL
        values = _few(low, high)
        if values is not None:
            parts: list[Term] = []
            for value in values:
                names = {**self.scope.names, first.name: Number(value)}
                parts.append(self.with_names(names)._quantified(expr, others))
            return conjunction(parts) if universal else disjunction(parts)
        variable = Symbol(self.trail.fresh(first.name, "?"), Sort.INT)
        inside = conjunction([at_most(low, variable), below(variable, high)])
        text = f"{first.low.place.text} <= {first.name} < {first.high.place.text}"
        inner = self.with_names({**self.scope.names, first.name: variable})
        with self.trail.scope(frozenset([variable])), self.trail.guarded(inside, text):
            body = inner._quantified(expr, others)
        # Nested quantifiers of one kind become one, so that patterns may speak of all variables.
        variables: tuple[Symbol, ...] = (variable,)
        if isinstance(body, Quantifier) and body.quantor is expr.quantor and others:
            variables, body = (variable, *body.variables), body.body
        whole = implication(inside, body) if universal else conjunction([inside, body])
        if isinstance(whole, Truth):
            return whole
        found = patterns(whole, variables) if universal else ()
        return Quantifier(expr.quantor, variables, whole, found)


def _few(low: Term, high: Term) -> range | None:
    """The values of a quantified variable where its bounds are literals close to each other."""
    if isinstance(low, Number) and isinstance(high, Number):
        values = range(low.value, high.value)
        return values if high.value - low.value <= EXPAND_LIMIT else None
    return None

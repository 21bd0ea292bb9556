"""The passive form of a function: facts and checks, in the order in which a run meets them.

Every variable has one symbol per assignment (static single assignment), so facts never expire. What
holds on some paths only carries those paths' guards; a check sees the facts before it whose guards
do not contradict its own. Facts made inside a loop body or under a quantifier belong to that scope
and are seen there alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.syntax import Place
from veriquant_proofs.core.types import IntType, MatrixType, SequenceType, TupleType, Type
from veriquant_proofs.obligations.formula import (
    TRUE,
    ZERO,
    Sort,
    Symbol,
    Term,
    at_most,
    conjunction,
    implication,
    negation,
    symbols,
    within,
)
from veriquant_proofs.obligations.values import SORTS, Matrix, Sequence, Tuple, Value
from veriquant_spec.types import Range

#: Checks of clauses that somebody wrote: each has its condition, trivial ones too.
CLAUSES = frozenset(
    {
        Kind.PRECONDITION,
        Kind.POSTCONDITION,
        Kind.INVARIANT_INIT,
        Kind.INVARIANT_PRESERVED,
        Kind.ASSERTION,
    }
)


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of the current path, and its text for people."""

    term: Term
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """`formula` holds wherever all guards hold; `text` is what a person reads, "" for nothing."""

    guards: tuple[Term, ...]
    formula: Term
    text: str
    scope: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the program: `formula` must follow from the first `known` facts and the guards."""

    kind: Kind
    place: Place
    goal: str
    formula: Term
    guards: tuple[Guard, ...]
    known: int
    scope: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """A point that some run must be able to reach: what is known there must be satisfiable."""

    what: str
    place: Place
    guards: tuple[Guard, ...]
    known: int
    scope: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Scope:
    number: int
    #: quantified variables: facts that do not speak of them outlive the scope; None: a loop body
    bound: frozenset[Symbol] | None


@dataclass(slots=True)
class Trail:
    """Records the passive form while a function is walked."""

    facts: list[Fact] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    points: list[Reach] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    _scopes: list[_Scope] = field(default_factory=list)
    _opened: int = 0
    #: the fact that the last check left, where it was new
    _checked: Fact | None = None
    _names: dict[str, int] = field(default_factory=dict)
    _implications: dict[tuple[int, tuple[Term, ...]], Term] = field(default_factory=dict)
    _seen: set[tuple[tuple[Term, ...], Term, tuple[int, ...]]] = field(default_factory=set)

    # ---------------------------------------------------------------- names

    def fresh(self, name: str, separator: str = "@") -> str:
        """A name that nothing else has: no name of Python holds `@`, `?` or `!`."""
        key = name + separator
        number = self._names[key] = self._names.get(key, 0) + 1
        return f"{key}{number}"

    def symbol(self, name: str, kind: Type) -> Value:
        """An unknown value of a type: its range and lengths hold by declaration."""
        match kind:
            case IntType(range=bounds):
                symbol = Symbol(self.fresh(name), Sort.INT, bounds)
                if bounds is not None:
                    self.truth(within(symbol, bounds), f"{name} in {bounds}")
                return symbol
            case SequenceType(element=element):
                array = Symbol(self.fresh(name), Sort.ARRAY)
                return Sequence(array, self.length(f"{name}~length"), element)
            case MatrixType(element=element):
                array = Symbol(self.fresh(name), Sort.MATRIX)
                widths = Symbol(self.fresh(f"{name}~widths"), Sort.ARRAY)
                return Matrix(array, self.length(f"{name}~rows"), widths, element)
            case TupleType(items=items):
                return Tuple(tuple(self.symbol(f"{name}~{i}", t) for i, t in enumerate(items)))
        return Symbol(self.fresh(name), SORTS[type(kind)])

    def length(self, name: str) -> Symbol:
        """An unknown length."""
        symbol = Symbol(self.fresh(name), Sort.INT)
        self.truth(at_most(ZERO, symbol))
        return symbol

    # ---------------------------------------------------------------- facts and checks

    def assume(self, formula: Term, text: str = "") -> None:
        """`formula` holds on the current path."""
        self._add(tuple(dict.fromkeys(g.term for g in self.guards)), formula, text)

    def truth(self, formula: Term, text: str = "") -> None:
        """`formula` holds whatever the path: by a declared type, a definition, or a contract."""
        self._add((), formula, text)

    def _add(self, guards: tuple[Term, ...], formula: Term, text: str) -> None:
        if formula == TRUE:
            return
        scope = self._scope_for((*guards, formula))
        key = (guards, formula, scope)
        if key not in self._seen:
            self._seen.add(key)
            self.facts.append(Fact(guards, formula, text, scope))

    def check(self, kind: Kind, formula: Term, place: Place, goal: str, text: str = "") -> None:
        """A check at this point; afterwards it is known to hold (`text`: as people read it)."""
        if formula == TRUE and kind not in CLAUSES:
            return
        guards, known = tuple(self.guards), len(self.facts)
        self.checks.append(Check(kind, place, goal, formula, guards, known, self._path))
        self.assume(formula, text)
        self._checked = self.facts[-1] if len(self.facts) > known else None

    def reached(self, what: str, place: Place) -> None:
        """Some run must get here."""
        point = Reach(what, place, tuple(self.guards), len(self.facts), self._path)
        self.points.append(point)

    @contextmanager
    def guarded(self, term: Term, text: str = "") -> Iterator[None]:
        """What happens inside happens only where `term` holds."""
        count = len(self.guards)
        self.guards.append(Guard(term, text))
        try:
            yield
        finally:
            del self.guards[count:]

    # ---------------------------------------------------------------- scopes

    @property
    def _path(self) -> tuple[int, ...]:
        return tuple(scope.number for scope in self._scopes)

    @contextmanager
    def scope(self, bound: frozenset[Symbol] | None = None) -> Iterator[None]:
        """Facts made inside are seen inside alone (those without `bound` outlive a quantifier)."""
        self._opened += 1
        self._scopes.append(_Scope(self._opened, bound))
        try:
            yield
        finally:
            self._scopes.pop()

    @property
    def bound(self) -> frozenset[Symbol]:
        """Quantified variables in scope."""
        return frozenset(s for scope in self._scopes for s in scope.bound or ())

    def _scope_for(self, terms: tuple[Term, ...]) -> tuple[int, ...]:
        scopes = list(self._scopes)
        if scopes and scopes[-1].bound is not None:
            mentioned = set().union(*(symbols(term) for term in terms))
            while scopes and scopes[-1].bound is not None and not scopes[-1].bound & mentioned:
                scopes.pop()
        return tuple(scope.number for scope in scopes)

    # ---------------------------------------------------------------- what a check sees

    def hypotheses(self, point: Check | Reach) -> list[tuple[Fact, Term]]:
        """The facts that a point sees, each with its formula under the guards still open."""
        own = {guard.term for guard in point.guards}
        against = {negation(term) for term in own}
        seen: list[tuple[Fact, Term]] = []
        for fact in self.facts[: point.known]:
            if fact.scope and fact.scope != point.scope[: len(fact.scope)]:
                continue
            if not fact.guards:
                seen.append((fact, fact.formula))
            elif not any(guard in against for guard in fact.guards):  # else of another path
                left = tuple(guard for guard in fact.guards if guard not in own)
                seen.append((fact, self._under(fact, left)))
        return seen

    def _under(self, fact: Fact, left: tuple[Term, ...]) -> Term:
        """A fact under the guards that are open: the same object each time, printed once."""
        if not left:
            return fact.formula
        key = (id(fact), left)
        if key not in self._implications:
            self._implications[key] = implication(conjunction(left), fact.formula)
        return self._implications[key]

    def renamed(self, term: Term, bounds: Range) -> None:
        """`term` is about to get a symbol of that range: a fact just made that says it lies there
        would be said twice."""
        last = self.facts[-1] if self.facts else None
        if last is None or last is not self._checked or last.formula != within(term, bounds):
            return  # said before, of a declared type perhaps: it stays
        self.facts.pop()
        self._seen.discard((last.guards, last.formula, last.scope))

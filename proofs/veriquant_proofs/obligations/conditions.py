"""From the passive form to verification conditions: hypotheses, negated goal, text."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from veriquant_proofs.core.syntax import Function, Program, Quantor, Theory
from veriquant_proofs.core.types import MatrixType, SequenceType
from veriquant_proofs.obligations.expressions import UnsupportedError
from veriquant_proofs.obligations.formula import (
    Apply,
    Implication,
    Number,
    Quantifier,
    Select,
    Sort,
    Symbol,
    Term,
    negation,
    sort_of,
    substituted,
    subterms,
    within,
)
from veriquant_proofs.obligations.lowering import Lowering, shift_meanings
from veriquant_proofs.obligations.smtlib import Assertion, IntegerPrinter, script
from veriquant_proofs.obligations.statements import Walk
from veriquant_proofs.obligations.trail import Check, Fact, Reach
from veriquant_proofs.obligations.values import Matrix, Sequence, Tuple, Value
from veriquant_proofs.obligations.vc import VC, Input, KernelVCs, Vacuity
from veriquant_proofs.obligations.vectors import NoVectorError, VectorPrinter

#: Shift amounts whose meaning a search for a witness states, so that it holds under quantifiers.
WITNESS_SHIFT = 8

#: Elements whose range a search for a witness states; longer witnesses are not looked for.
WITNESS_ELEMENTS = 2


def generate(program: Program, function: Function) -> KernelVCs:
    """All obligations of one function of a well-formed program.

    Raises UnsupportedError for what cannot be expressed.
    """
    walk = Walk(program, function)
    walk.run()
    try:
        return _Assembly(walk).collected()
    except NoVectorError as error:
        raise UnsupportedError(function.place, str(error)) from error


@dataclass(slots=True)
class _Assembly:
    """Turns the checks of one walk into VCs; texts of facts are shared between them."""

    walk: Walk
    _lowering: Lowering = field(init=False)
    _integers: IntegerPrinter = field(default_factory=IntegerPrinter)
    _vectors: VectorPrinter = field(default_factory=VectorPrinter)
    #: by the term's identity; the term is held, so that its identity stays taken
    _texts: dict[int, tuple[Term, tuple[Assertion, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lowering = Lowering(self.walk.trail.fresh)

    def collected(self) -> KernelVCs:
        """Everything about the function."""
        function = self.walk.function
        numbers: Counter[object] = Counter()
        vcs, points = [], []
        for check in self.walk.trail.checks:
            numbers[check.kind] += 1
            vcs.append(self._vc(check, numbers[check.kind]))
        for point in self.walk.trail.points:
            numbers[point.what] += 1
            points.append(self._vacuity(point, numbers[point.what]))
        return KernelVCs(
            function.label,
            function.id.module,
            function.id.name,
            function.file,
            function.place.line,
            function.text,
            hashlib.sha256(function.text.encode()).hexdigest(),
            function.requirements,
            function.role.value == "lemma",
            function.theorem,
            tuple(vcs),
            tuple(points),
        )

    def _vc(self, check: Check, number: int) -> VC:
        function = self.walk.function
        seen = self._hypotheses(check)
        terms = [guard.term for guard in check.guards]
        terms += [term for _, term in seen]
        terms += refutation(check.formula, self.walk)
        inner = {guard.term for guard in check.guards}
        guard_texts = [guard.text for guard in check.guards if guard.text]
        texts = [f.text for f, _ in seen if f.text and all(g in inner for g in f.guards)]
        reasons = {(line, kind): reason for line, kind, reason in function.justifications}
        return VC(
            f"{function.label}/{check.kind.value.replace(' ', '-')}/{number}",
            function.label,
            function.id.module,
            function.id.name,
            function.file,
            check.place.line,
            check.place.column,
            check.kind,
            check.goal,
            tuple(dict.fromkeys(guard_texts)),
            tuple(dict.fromkeys(texts)),
            function.requirements,
            script(self._assertions(terms)),
            self._inputs(),
            justification=reasons.get((check.place.line, check.kind.value)),
            second=self._second(terms),
        )

    def _hypotheses(self, point: Check | Reach) -> list[tuple[Fact, Term]]:
        """What a point sees."""
        return self.walk.trail.hypotheses(point)

    def _second(self, terms: Iterable[Term]) -> str:
        """Bitwuzla decides pure bit vectors; cvc5 everything else."""
        if self.walk.function.theory is Theory.INT:
            return "cvc5"
        calls = any(isinstance(part, Apply) for term in terms for part in subterms(term))
        return "cvc5" if calls else "bitwuzla"

    def _assertions(self, terms: Iterable[Term]) -> list[Assertion]:
        """Texts of the terms and of what their lowering defines; each text once."""
        found: dict[str, Assertion] = {}
        for term in terms:
            known = self._texts.get(id(term))
            if known is None:
                known = self._texts[id(term)] = (term, self._written(term))
            found.update((a.text, a) for a in known[1])
        return list(found.values())

    def _written(self, term: Term) -> tuple[Assertion, ...]:
        if self.walk.function.theory is Theory.BIT_VECTOR:
            return (self._vectors.assertion(term),)
        lowered = self._lowering.lower(term)
        return tuple(self._integers.assertion(t) for t in (*lowered.facts, lowered.term))

    # ---------------------------------------------------------------- witnesses

    def _vacuity(self, point: Reach, number: int) -> Vacuity:
        function = self.walk.function
        terms = [guard.term for guard in point.guards]
        terms += [term for _, term in self._hypotheses(point)]
        terms += self._elements()
        assertions = self._assertions(terms)
        if any("bits." in d for a in assertions for d in a.declarations):
            assertions += self._assertions(shift_meanings(WITNESS_SHIFT))
        return Vacuity(
            f"{function.label}/satisfiable-{point.what}/{number}",
            function.label,
            function.id.module,
            function.id.name,
            function.file,
            point.place.line,
            point.what,
            script(assertions),
            self._inputs(),
        )

    def _elements(self) -> list[Term]:
        """The ranges of the parameters' first elements, so that a short witness has them."""
        found: list[Term] = []
        first = range(WITNESS_ELEMENTS)
        for parameter in self.walk.function.parameters:
            value = self.walk.entry[parameter.name]
            match parameter.type:
                case SequenceType(element=element) | MatrixType(element=element):
                    if element.range is None:
                        continue
                    assert isinstance(value, Sequence | Matrix)
                    reads = [Select(value.array, Number(i)) for i in first]
                    if isinstance(value, Matrix):
                        reads = [Select(row, Number(j)) for row in reads for j in first]
                    found += [within(read, element.range) for read in reads]
        return found

    def _inputs(self) -> tuple[Input, ...]:
        return tuple(_input(p.name, self.walk.entry[p.name]) for p in self.walk.function.parameters)


def refutation(goal: Term, walk: Walk) -> list[Term]:
    """Terms that hold together exactly if the goal can fail.

    A universal goal is denied at constants of which nothing is known, so that its negation needs no
    quantifier: solvers decide that far more readily.
    """
    found: list[Term] = []
    while True:
        if isinstance(goal, Quantifier) and goal.quantor is Quantor.ALL:
            fresh: dict[Symbol, Term] = {}
            for variable in goal.variables:
                name = walk.trail.fresh(variable.name.partition("?")[0], "!")
                fresh[variable] = Symbol(name, variable.sort, variable.range)
            goal = substituted(goal.body, fresh)
        elif isinstance(goal, Implication):
            found.append(goal.left)
            goal = goal.right
        else:
            return [*found, negation(goal)]


def _input(name: str, value: Value) -> Input:
    match value:
        case Sequence():
            return Input(name, "int[]", _name(value.array), _name(value.length))
        case Matrix():
            names = (_name(value.array), _name(value.rows), _name(value.widths))
            return Input(name, "int[][]", *names)
        case Tuple(items=items):
            parts = tuple(_input(str(i), item) for i, item in enumerate(items))
            return Input(name, "tuple", items=parts)
    sorts = {Sort.INT: "int", Sort.BOOL: "bool", Sort.REAL: "real"}
    return Input(name, sorts[sort_of(value)], _name(value))


def _name(term: Term) -> str:
    assert isinstance(term, Symbol)
    return term.name

"""Compares CPython, the core's interpreter and the formulas on one function and concrete arguments.

A program is made as core, printed as Python and read back: the core must be the same. Then:

* CPython: a run that passes every check of the interpreter passes on the real function with its
  contracts on, with the same result; arguments that the interpreter does not admit, the real one
  refuses; a postcondition, assertion or division that fails there fails here.
* soundness: a check that fails on a run is refuted, with the arguments fixed, by one of its
  conditions. The run itself is a model of that condition, so "unsatisfiable" is a bug.
* agreement (no loops, no calls, no operation without a meaning to the solver): a run that passes
  satisfies every condition, and a run that fails refutes those of the failing check and no others.
* counterexamples (as above): where the solver refutes a condition, its arguments fail that check.
* value: with the arguments fixed, `result != value` is not provable (the hypotheses of the path
  taken are consistent), and without loops `result == value` is.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import icontract
import z3

from programs import inputs
from programs.functions import Maker
from programs.python_text import python_text
from programs.roundtrip import difference
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.interpreter import CheckFailed, Machine, NotAdmissibleError, StepLimit
from veriquant_proofs.core.syntax import (
    Clause,
    Comparison,
    Connective,
    Element,
    Expr,
    For,
    Function,
    IntLiteral,
    Junction,
    Length,
    Not,
    Place,
    Program,
    Project,
    Relation,
    Role,
    Variable,
    While,
)
from veriquant_proofs.core.traverse import nodes
from veriquant_proofs.core.types import IntType, SequenceType, TupleType
from veriquant_proofs.frontend import VerificationSubsetError, read_files
from veriquant_proofs.obligations import generate
from veriquant_proofs.obligations.vc import VC, Input

#: Deterministic effort of the solver for one decision; what needs more counts as unknown.
EFFORT = 1_000_000

#: Conditions of a function whose counterexamples are run, at most.
COUNTEREXAMPLES = 8

#: Steps of one run; a loop whose variant does not decrease is found long before.
STEPS = 20_000

#: Kinds that fail on CPython where they fail in the interpreter: it makes these checks itself.
REAL = {Kind.POSTCONDITION, Kind.ASSERTION, Kind.DIVISION}

Refutable = Callable[[VC], bool | None]


@dataclass
class Tally:
    """What was seen; tests require a minimum of each: no property may hold for want of cases."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def problem(self, kind: str, function: Function, values: object, detail: str) -> None:
        self.counts[f"problem: {kind}"] += 1
        self.problems.append(f"{kind}: {function.file}:{function.id.name}({values}): {detail}")


def key_of(vc: VC) -> tuple[Any, ...]:
    return vc.kind, vc.line, vc.column, vc.goal


def failure_key(failure: CheckFailed) -> tuple[Any, ...]:
    return failure.kind, failure.place.line, failure.place.column, failure.goal


# -------------------------------------------------------------------- formulas at fixed arguments


def fixed(entries: tuple[Input, ...], values: list[Any]) -> dict[str, Any]:
    """The terms that stand for these arguments, by the names of the symbols in a text."""
    found: dict[str, Any] = {}
    for entry, value in zip(entries, values, strict=True):
        if entry.sort == "tuple":
            found |= fixed(entry.items, list(value))
        elif entry.sort in ("int", "bool", "real"):
            found[entry.symbol] = value
        else:
            assert entry.length is not None
            found[entry.length] = len(value)
            if entry.sort == "int[][]":
                assert entry.width is not None
                found[entry.width] = [len(row) for row in value]
            found[entry.symbol] = value
    return found


def _term(symbol: Any, value: Any) -> Any:
    """A value as a term of a symbol's sort; elements beyond an array's end stay unknown."""
    sort = symbol.sort()
    if isinstance(value, list):
        term = z3.Const(f"{symbol}!rest", sort)
        for i, item in enumerate(value):
            part = z3.Select(term, i)
            term = z3.Store(term, i, _term(part, item) if isinstance(item, list) else item)
        return term
    if isinstance(value, bool):
        return z3.BoolVal(value)
    if isinstance(value, Fraction):
        return z3.RealVal(str(value))
    return z3.BitVecVal(value, sort) if z3.is_bv_sort(sort) else z3.IntVal(value)


class Decider:
    """Decides conditions of one function with its arguments fixed."""

    def __init__(self) -> None:
        self._terms: dict[str, list[Any]] = {}
        self._symbols: dict[int, dict[str, Any]] = {}

    def terms(self, vc: VC) -> list[Any]:
        """Assertions of a text."""
        found = self._terms.get(vc.sha256)
        if found is None:
            found = self._terms[vc.sha256] = list(z3.parse_smt2_string(vc.smt2))
        return found

    def symbols(self, term: Any) -> dict[str, Any]:
        """The free constants of an assertion, by their names."""
        found = self._symbols.get(term.get_id())
        if found is None:
            found = self._symbols[term.get_id()] = constants(term)
        return found

    def at(self, values: dict[str, Any]) -> Refutable:
        """A function that says whether a condition can be false at these arguments.

        It returns None where the solver does not know.
        """

        simple: dict[int, Any] = {}

        def refutable(vc: VC) -> bool | None:
            left = []
            for term in self.terms(vc):
                value = simple.get(term.get_id())
                if value is None:
                    known = self.symbols(term)
                    pairs = [(s, _term(s, values[n])) for n, s in known.items() if n in values]
                    value = simple[term.get_id()] = z3.simplify(z3.substitute(term, *pairs))
                if z3.is_false(value):
                    return False
                left.append(value)
            solver = z3.Solver()
            solver.set("rlimit", EFFORT)
            solver.add(*(term for term in left if not z3.is_true(term)))
            answer = solver.check()
            return None if answer == z3.unknown else bool(answer == z3.sat)

        return refutable


def constants(term: Any) -> dict[str, Any]:
    """The free constants of a term by their names."""
    found: dict[str, Any] = {}
    stack, seen = [term], set()
    while stack:
        part = stack.pop()
        if part.get_id() in seen:
            continue
        seen.add(part.get_id())
        if z3.is_const(part) and part.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[part.decl().name()] = part
        stack += [part.body()] if z3.is_quantifier(part) else part.children()
    return found


def exact(vc: VC, module: str) -> bool:
    """No function without a definition: the arguments decide the condition's truth."""
    return "bits." not in vc.smt2 and f"{module}." not in vc.smt2


def has_loop(function: Function) -> bool:
    return any(isinstance(n, For | While) for s in function.body for n in nodes(s))


# -------------------------------------------------------------------- values as postconditions


def equal(value: Any, of: Expr, kind: Any) -> list[Expr]:
    """Conditions that say that an expression is this value."""
    if isinstance(kind, TupleType):
        parts = enumerate(zip(value, kind.items, strict=True))
        return [c for i, (v, t) in parts for c in equal(v, Project(tuple=of, index=i), t)]
    if isinstance(kind, SequenceType):
        found = equal(len(value), Length(array=of), IntType())
        for i, v in enumerate(value):
            found += equal(v, Element(array=of, index=IntLiteral(value=i)), kind.element)
        return found
    return [Comparison(operands=(of, IntLiteral(value=value)), relations=(Relation.EQ,))]


def with_value(function: Function, value: Any) -> tuple[Function, tuple[str, str]]:
    """The function with two more postconditions, and their texts: it is this value, it is not."""
    parts = equal(value, Variable(name="result", type=function.result), function.result)
    whole = Connective(junction=Junction.AND, operands=tuple(parts)) if parts[1:] else parts[0]
    texts = ("is the value", "is not the value")
    more = [
        Clause(condition=c, place=Place(line=1, column=1, text=text))
        for c, text in zip((whole, Not(operand=whole)), texts, strict=True)
    ]
    return replace(function, ensures=(*function.ensures, *more)), texts


# -------------------------------------------------------------------- one function


def compare(
    program: Program,
    function: Function,
    real: Callable[..., Any],
    arguments: list[dict[str, Any]],
    tally: Tally,
) -> None:
    """Check the properties of one function on these arguments."""
    machine = Machine(program, STEPS)
    passed: list[tuple[dict[str, Any], Any]] = []
    failed: list[tuple[dict[str, Any], CheckFailed]] = []
    for values in arguments:
        try:
            result = machine.call(function.id, deepcopy(values))
        except NotAdmissibleError:
            tally.counts["not admissible"] += 1
            _python(function, real, values, icontract.ViolationError, tally)
        except StepLimit:
            tally.counts["endless"] += 1
        except CheckFailed as error:
            if error.function != function.id:
                tally.counts["failed in a callee"] += 1
                continue
            failed.append((values, error))
            if error.kind in REAL:
                _python(function, real, values, Exception, tally)
        else:
            passed.append((values, result))
            _python(function, real, values, None, tally, result)
    plain, texts = function, ("", "")
    if passed and function.role is Role.KERNEL:
        function, texts = with_value(function, passed[0][1])
    try:
        vcs = list(generate(program, function).vcs)
    except VerificationSubsetError as error:  # pragma: no cover - read_files has accepted it
        raise AssertionError(str(error)) from error
    extra = [[vc for vc in vcs if vc.goal == text] for text in texts]
    vcs = [vc for vc in vcs if vc.goal not in texts]
    tally.counts["functions"] += 1
    tally.counts["vcs"] += len(vcs)
    if vcs:
        _formulas(plain, machine, vcs, extra, passed, failed, tally)


def _python(
    function: Function,
    real: Callable[..., Any],
    values: dict[str, Any],
    expected: type[Exception] | None,
    tally: Tally,
    result: Any = None,
) -> None:
    """Run the real function with its contracts on."""
    tally.counts["runs on CPython"] += 1
    try:
        found = real(**deepcopy(values))
    except Exception as error:
        if expected is None or not isinstance(error, expected):
            tally.problem("fails on CPython", function, values, repr(error)[:300])
        return
    if expected is not None:
        tally.problem("passes on CPython", function, values, f"returns {found!r}")
    elif found != result or type(found) is not type(result):
        tally.problem("another result on CPython", function, values, f"{found!r}, not {result!r}")


def _formulas(
    function: Function,
    machine: Machine,
    vcs: list[VC],
    extra: list[list[VC]],
    passed: list[tuple[dict[str, Any], Any]],
    failed: list[tuple[dict[str, Any], CheckFailed]],
    tally: Tally,
) -> None:
    straight = not has_loop(function) and all(exact(vc, function.id.module) for vc in vcs)
    decider, entries = Decider(), vcs[0].inputs
    for values, failure in failed:
        tally.counts["failed runs"] += 1
        tally.counts[f"failed: {failure.kind.value}"] += 1
        refutable = decider.at(fixed(entries, list(values.values())))
        _failed_run(function, vcs, values, failure, straight, refutable, tally)
    if straight:
        _counterexamples(function, machine, vcs, decider, tally)
    for number, (values, value) in enumerate(passed):
        tally.counts["passed runs"] += 1
        refutable = decider.at(fixed(entries, list(values.values())))
        if straight:
            tally.counts["passed runs compared"] += 1
            for vc in vcs:
                if refutable(vc) is not False:
                    tally.problem("refuted but passes", function, values, f"{vc.id}: {vc.goal}")
        if number == 0 and extra[0]:
            _value(function, values, value, extra, refutable, tally)


def _failed_run(
    function: Function,
    vcs: list[VC],
    values: dict[str, Any],
    failure: CheckFailed,
    straight: bool,
    refutable: Refutable,
    tally: Tally,
) -> None:
    place = failure_key(failure)
    own = [vc for vc in vcs if key_of(vc) == place]
    if not own:
        tally.problem("check without a condition", function, values, f"{place}; {failure.message}")
        return
    answers = [refutable(vc) for vc in own]
    if not any(a is not False for a in answers):
        tally.problem("proved but fails", function, values, f"{own[0].id}; {failure.message}")
    tally.counts["failed runs refuted" if True in answers else "failed runs unknown"] += 1
    if straight:
        wrong = [vc for vc in vcs if key_of(vc) != place and refutable(vc) is not False]
        quantified = any("all(" in vc.goal or "any(" in vc.goal for vc in [*own, *wrong])
        if wrong and not quantified:
            tally.problem("another check refuted", function, values, f"{place} and {wrong[0].id}")
        tally.counts["failed runs compared"] += 1


def _value(
    function: Function,
    values: dict[str, Any],
    value: Any,
    extra: list[list[VC]],
    refutable: Refutable,
    tally: Tally,
) -> None:
    same, different = extra
    tally.counts["values"] += 1
    if not any(refutable(vc) is not False for vc in different):
        tally.problem("contradictory hypotheses", function, values, f"result {value!r} excluded")
    if not has_loop(function) and all(exact(vc, function.id.module) for vc in same):
        tally.counts["values compared"] += 1
        if any(refutable(vc) is not False for vc in same):
            tally.problem("another value", function, values, f"CPython computes {value!r}")


def _counterexamples(
    function: Function, machine: Machine, vcs: list[VC], decider: Decider, tally: Tally
) -> None:
    for vc in vcs[:: max(1, len(vcs) // COUNTEREXAMPLES)]:
        solver = z3.Solver()
        solver.set("rlimit", EFFORT)
        solver.add(*decider.terms(vc))
        if "all(" in vc.goal or "any(" in vc.goal or solver.check() != z3.sat:
            continue
        model = {d.name(): solver.model()[d] for d in solver.model().decls()}
        values = model_values(function, vc.inputs, model)
        if values is None:
            tally.counts["counterexamples of other types"] += 1
            continue
        failure: CheckFailed | None = None
        try:
            machine.call(function.id, deepcopy(values))
        except CheckFailed as error:
            if error.function != function.id:
                continue
            failure = error
        except NotAdmissibleError:  # the model may leave open what the function does not read
            tally.counts["counterexamples not admissible"] += 1
            continue
        tally.counts["counterexamples run"] += 1
        if failure is None:
            tally.problem("counterexample passes", function, values, f"{vc.id}: {vc.goal}")
        elif failure_key(failure) != key_of(vc):
            tally.problem(
                "counterexample of another check", function, values, f"{vc.id}: {failure}"
            )


def model_values(
    function: Function, entries: tuple[Input, ...], model: dict[str, Any]
) -> dict[str, Any] | None:
    """The arguments in a model; None where one is no number or truth value."""
    values: dict[str, Any] = {}
    for entry, parameter in zip(entries, function.parameters, strict=True):
        found, kind = model.get(entry.symbol), parameter.type
        if entry.sort == "bool":
            values[entry.name] = found is not None and z3.is_true(found)
        elif entry.sort == "int" and isinstance(kind, IntType):
            low = 0 if kind.range is None else kind.range.low
            if found is None:
                values[entry.name] = low
            else:
                signed = isinstance(found, z3.BitVecNumRef)
                values[entry.name] = found.as_signed_long() if signed else found.as_long()
        else:
            return None
    return values


def explore(flavour: str, seed: int, numbers: range, folder: Path, tally: Tally) -> None:
    """Write, read back, run and compare the programs of these numbers."""
    for number in numbers:
        name = f"random_{flavour}_{number}"
        made = Maker(seed, number, flavour, name).program()
        file = folder / f"{name}.py"
        text = python_text(made, f"{seed}/{number}")
        file.write_text(text, encoding="utf-8")
        tally.counts["programs"] += 1
        program = read_files([file]).program
        differs = difference(made, program)
        if differs:
            tally.problems.append(f"read back otherwise: {file}: {differs}")
        module = inputs.load(text, folder)
        chosen = random.Random(f"{seed}/{number}")
        for function in program.functions.values():
            if function.role is not Role.LOGIC and function.id.module == name:
                values = [inputs.arguments(function, chosen) for _ in range(8)]
                compare(program, function, getattr(module, function.id.name), values, tally)

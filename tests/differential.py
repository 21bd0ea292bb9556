"""Compares what the generator says of a program with what CPython does when it runs.

For one function and concrete arguments, four properties:

* soundness: a check that fails on a run is refuted, with the arguments fixed, by one of its VCs.
  The run itself is a model of that VC, loops and calls included, so "unsatisfiable" is a bug.
* agreement (no loops, no calls, no operation without a meaning to the solver): a run that passes
  satisfies every VC, and a run that fails refutes the VCs of the failing check and no others.
* counterexamples (as above): where the solver refutes a VC, its arguments fail that very check.
* value: with the arguments fixed, `result != value` is not provable (the hypotheses of the path
  taken are consistent), and without loops `result == value` is.
"""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import z3

import random_programs
from veriquant_proofs.vcgen.engine import Engine
from veriquant_proofs.vcgen.runtime import CheckFailed, NotAdmissibleError, checked
from veriquant_proofs.vcgen.source import Clause, FunctionSource, read
from veriquant_proofs.vcgen.vc import VC, Input, VerificationSubsetError

#: Deterministic effort of the solver for one decision; what needs more counts as unknown.
EFFORT = 1_000_000

#: Verification conditions of a function whose counterexamples are run, at most.
COUNTEREXAMPLES = 8

Key = tuple[str, int, int, str]


@dataclass
class Tally:
    """What was seen; tests require a minimum of each: no property may hold for want of cases."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def problem(self, kind: str, source: FunctionSource, values: object, detail: str) -> None:
        self.counts[f"problem: {kind}"] += 1
        self.problems.append(f"{kind}: {source.file}:{source.name}({values}): {detail}")


def key_of(vc: VC) -> Key:
    return vc.kind.value, vc.line, vc.column, vc.goal


def fixed(inputs: tuple[Input, ...], values: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Substitutions that give the parameters of a VC's text these values."""
    pairs: list[tuple[Any, Any]] = []
    ints = z3.IntSort()
    for entry in inputs:
        value = values[entry.name]
        if entry.sort == "bool":
            pairs.append((z3.Bool(entry.symbol), z3.BoolVal(value)))
        elif entry.sort == "real":
            pairs.append((z3.Real(entry.symbol), z3.RealVal(str(value))))
        elif entry.sort == "int":
            pairs.append((z3.Int(entry.symbol), z3.IntVal(value)))
            pairs.append((z3.BitVec(entry.symbol, 128), z3.BitVecVal(value, 128)))
        else:
            assert entry.length is not None
            pairs.append((z3.Int(entry.length), z3.IntVal(len(value))))
            row_sort = z3.ArraySort(ints, ints)
            if entry.sort == "int[]":
                pairs.append((z3.Const(entry.symbol, row_sort), _array(entry.symbol, value)))
                continue
            assert entry.sort == "int[][]" and entry.width is not None
            rows = [_array(f"{entry.symbol}!{i}", row) for i, row in enumerate(value)]
            matrix_sort = z3.ArraySort(ints, row_sort)
            matrix = z3.Const(f"{entry.symbol}!rest", matrix_sort)
            for i, row in enumerate(rows):
                matrix = z3.Store(matrix, i, row)
            pairs.append((z3.Const(entry.symbol, matrix_sort), matrix))
            widths = _array(entry.width, [len(row) for row in value])
            pairs.append((z3.Const(entry.width, row_sort), widths))
    return pairs


def _array(name: str, values: list[int]) -> Any:
    """An array with these first elements and unknown other ones."""
    array = z3.Const(f"{name}!rest", z3.ArraySort(z3.IntSort(), z3.IntSort()))
    for i, value in enumerate(values):
        array = z3.Store(array, i, value)
    return array


class Decider:
    """Decides VCs of one function with its arguments fixed."""

    def __init__(self) -> None:
        self._terms: dict[str, list[Any]] = {}

    def terms(self, vc: VC) -> list[Any]:
        """Assertions of a VC's text; equal ones are one object."""
        found = self._terms.get(vc.sha256)
        if found is None:
            found = self._terms[vc.sha256] = list(z3.parse_smt2_string(vc.smt2))
        return found

    def at(self, pairs: list[tuple[Any, Any]]) -> Callable[[VC], bool | None]:
        """A function that says whether a VC can be false at these arguments.

        It returns None where the solver does not know.
        """
        simple: dict[int, Any] = {}

        def refutable(vc: VC) -> bool | None:
            left = []
            for term in self.terms(vc):
                value = simple.get(term.get_id())
                if value is None:
                    value = z3.simplify(z3.substitute(term, *pairs))
                    simple[term.get_id()] = value
                if z3.is_false(value):
                    return False
                if not z3.is_true(value):
                    left.append(value)
            if not left:
                return True
            solver = z3.Solver()
            solver.set("rlimit", EFFORT)
            solver.add(*left)
            answer = solver.check()
            return None if answer == z3.unknown else bool(answer == z3.sat)

        return refutable


def exact(vc: VC) -> bool:
    """No function without a definition: the arguments decide the VC's truth."""
    return "declare-fun bits." not in vc.smt2 and "random_programs" not in vc.smt2


def has_loop(source: FunctionSource) -> bool:
    return any(isinstance(n, ast.For | ast.While) for n in ast.walk(source.node))


def _literal(value: object) -> str:
    return f"({value!r})"


def _equal(value: Any, name: str = "result") -> str:
    """A contract condition that says that `name` is `value`."""
    if isinstance(value, tuple):
        return " and ".join(_equal(part, f"{name}[{i}]") for i, part in enumerate(value))
    if isinstance(value, list):
        parts = [f"len({name}) == {len(value)}"]
        return " and ".join(parts + [_equal(v, f"{name}[{i}]") for i, v in enumerate(value)])
    return f"{name} == {_literal(value)}"


def _clause(text: str) -> Clause:
    body = ast.parse(text, mode="eval").body
    for part in ast.walk(body):
        if isinstance(part, ast.expr):
            part.lineno = 0  # no line of the program: tells these checks from its own
    return Clause(body, ("result",), 0, 0)


def compare(
    source: FunctionSource,
    function: Callable[..., Any],
    inputs: list[dict[str, Any]],
    tally: Tally,
) -> None:
    """Check the properties of one function on these arguments."""
    run = checked(function)
    passed: list[tuple[dict[str, Any], Any]] = []
    failed: list[tuple[dict[str, Any], CheckFailed]] = []
    broken = ""
    for values in inputs:
        try:
            passed.append((values, run(**values)))
        except NotAdmissibleError:
            tally.counts["not admissible"] += 1
        except (UnboundLocalError, ZeroDivisionError, ValueError) as error:
            # Read before it is assigned, or a literal without value: the generator must refuse.
            broken = str(error)
        except CheckFailed as error:
            if error.kernel == source.kernel:
                failed.append((values, error))
            else:
                tally.counts["failed in a callee"] += 1
    own = len(source.ensures)
    if (
        passed and source.mark.role == "kernel"
    ):  # the value of the first run that passes, as two more postconditions
        text = _equal(passed[0][1])
        source = replace(source, ensures=(*source.ensures, _clause(text), _clause(f"not ({text})")))
    result = Engine(source).run()
    if broken:
        tally.problem("error accepted", source, {}, broken)
    claims = {ast.unparse(c.body): i for i, c in enumerate(source.ensures[own:])}
    extra: list[list[VC]] = [[], []]
    vcs = []
    for vc in result.vcs:
        (extra[claims.get(vc.goal, 0)] if vc.line == 0 else vcs).append(vc)
    tally.counts["functions"] += 1
    tally.counts["vcs"] += len(vcs)
    if not vcs:
        return
    loops = has_loop(source)
    straight = not loops and all(exact(vc) for vc in vcs)
    decider = Decider()
    for values, failure in failed:
        tally.counts["failed runs"] += 1
        tally.counts[f"failed: {failure.kind.value}"] += 1
        refutable = decider.at(fixed(vcs[0].inputs, values))
        _failed_run(source, vcs, values, failure, straight, refutable, tally)
    if straight:
        _counterexamples(source, run, vcs, decider, tally)
    for number, (values, value) in enumerate(passed):
        tally.counts["passed runs"] += 1
        refutable = decider.at(fixed(vcs[0].inputs, values))
        if straight:
            tally.counts["passed runs compared"] += 1
            for vc in vcs:
                if refutable(vc) is not False:
                    tally.problem("refuted but passes", source, values, f"{vc.id}: {vc.goal}")
        if number == 0 and extra[0]:
            _value(source, values, value, loops, extra, refutable, tally)


def _counterexamples(
    source: FunctionSource,
    run: Callable[..., Any],
    vcs: list[VC],
    decider: Decider,
    tally: Tally,
) -> None:
    for vc in vcs[:: max(1, len(vcs) // COUNTEREXAMPLES)]:
        solver = z3.Solver()
        solver.set("rlimit", EFFORT)
        solver.add(*decider.terms(vc))
        if "all(" in vc.goal or "any(" in vc.goal or solver.check() != z3.sat:
            continue
        values = model_values(source, vc, solver.model())
        if values is None:
            tally.counts["counterexamples irrational"] += 1
            continue
        failure: CheckFailed | None = None
        try:
            run(**values)
        except CheckFailed as error:
            if error.kernel != source.kernel:
                continue
            failure = error
        except NotAdmissibleError:  # the model may leave open what the kernel does not read
            tally.counts["counterexamples not admissible"] += 1
            continue
        tally.counts["counterexamples run"] += 1
        if failure is None:
            tally.problem("counterexample passes", source, values, f"{vc.id}: {vc.goal}")
        elif (failure.kind.value, failure.line, failure.column, failure.goal) != key_of(vc):
            tally.problem("counterexample of another check", source, values, f"{vc.id}: {failure}")


def model_values(source: FunctionSource, vc: VC, model: Any) -> dict[str, Any] | None:
    """The parameters' values in a model; elements outside their range are replaced.

    None where a value is irrational: no Fraction equals it.
    """
    types = dict(source.parameters)
    values: dict[str, Any] = {}
    for entry in vc.inputs:
        if entry.sort == "bool":
            values[entry.name] = z3.is_true(model.eval(z3.Bool(entry.symbol), True))
        elif entry.sort == "real":
            value = model.eval(z3.Real(entry.symbol), True)
            if not z3.is_rational_value(value):
                return None
            values[entry.name] = Fraction(value.numerator_as_long(), value.denominator_as_long())
        elif entry.sort == "int":
            names = {d.name(): d for d in model.decls()}
            found = model[names[entry.symbol]] if entry.symbol in names else None
            bounds = types[entry.name].bounds
            if found is None:
                values[entry.name] = bounds.low if bounds else 0
            else:
                signed = isinstance(found, z3.BitVecNumRef)
                values[entry.name] = found.as_signed_long() if signed else found.as_long()
        else:
            assert entry.length is not None
            length = model.eval(z3.Int(entry.length), True).as_long()
            array = z3.Const(entry.symbol, z3.ArraySort(z3.IntSort(), z3.IntSort()))
            bounds = types[entry.name].bounds
            elements = [model.eval(z3.Select(array, i), True).as_long() for i in range(length)]
            assert bounds is not None
            values[entry.name] = [e if e in bounds else bounds.low for e in elements]
    return values


def _failed_run(
    source: FunctionSource,
    vcs: list[VC],
    values: dict[str, Any],
    failure: CheckFailed,
    straight: bool,
    refutable: Callable[[VC], bool | None],
    tally: Tally,
) -> None:
    place = (failure.kind.value, failure.line, failure.column, failure.goal)
    own = [vc for vc in vcs if key_of(vc) == place]
    if not own:
        tally.problem("check without a VC", source, values, f"{place}; {failure.message}")
        return
    answers = [refutable(vc) for vc in own]
    if not any(a is not False for a in answers):
        tally.problem("proved but fails", source, values, f"{own[0].id}; {failure.message}")
    tally.counts["failed runs refuted" if True in answers else "failed runs unknown"] += 1
    if straight:
        wrong = [vc for vc in vcs if key_of(vc) != place and refutable(vc) is not False]
        quantified = any("all(" in vc.goal or "any(" in vc.goal for vc in [*own, *wrong])
        if wrong and not quantified:
            tally.problem("another check refuted", source, values, f"{place} and {wrong[0].id}")
        tally.counts["failed runs compared"] += 1


def _value(
    source: FunctionSource,
    values: dict[str, Any],
    value: Any,
    loops: bool,
    extra: list[list[VC]],
    refutable: Callable[[VC], bool | None],
    tally: Tally,
) -> None:
    equal, different = extra
    tally.counts["values"] += 1
    if not any(refutable(vc) is not False for vc in different):
        tally.problem("contradictory hypotheses", source, values, f"result {value!r} excluded")
    if not loops and all(exact(vc) for vc in equal):
        tally.counts["values compared"] += 1
        if any(refutable(vc) is not False for vc in equal):
            tally.problem("another value", source, values, f"CPython computes {value!r}")


def explore(flavour: str, seed: int, numbers: range, folder: Path, tally: Tally) -> None:
    """Write, run and compare the programs of these numbers."""
    for number in numbers:
        text, names = random_programs.Maker(seed, number, flavour).program()
        module = random_programs.load(random_programs.HEADER + text, folder)
        chosen = random.Random(f"{seed}/{number}")
        tally.counts["programs"] += 1
        for name in names:
            function = getattr(module, name)
            source = read(function)
            values = [random_programs.arguments(source, chosen) for _ in range(8)]
            try:
                compare(source, function, values, tally)
            except VerificationSubsetError as error:
                tally.counts["outside the subset"] += 1
                tally.counts[f"outside: {error.construct.split('`')[0]}"] += 1

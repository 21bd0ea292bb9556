"""Valid inputs of a function: shapes and scalars from the solver, elements at random.

What the solver leaves open about a mutant is settled by running it on these; and a mutant that was
proved equivalent must compute the same on them, or the verifier itself is wrong.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import z3

from veriquant_proofs.vcgen.engine import Engine
from veriquant_proofs.vcgen.runtime import NotAdmissibleError, checked
from veriquant_proofs.vcgen.source import FunctionSource
from veriquant_proofs.vcgen.vc import Input
from veriquant_spec.types import Range

#: Inputs wanted for a function, and attempts to find them.
WANTED, ATTEMPTS = 20, 80

#: Longest list, and the largest scalar that is tried besides the ends of its range.
LENGTH, SMALL = 3, 20

#: Steps of Z3 for one attempt.
BUDGET = 1_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Arguments that the preconditions admit, and the function's result on them."""

    arguments: dict[str, Any]
    result: Any


def samples(source: FunctionSource, function: Any) -> list[Sample]:
    """Up to `WANTED` valid inputs, the same for the same source."""
    engine = Engine(source)
    engine.state = engine.entry()
    solver = z3.Solver()
    solver.set("rlimit", BUDGET)
    solver.add([fact.term for fact in engine.state.facts])
    bounds = {name: info.bounds for name, info in source.parameters}
    chance = random.Random(source.kernel)
    run = checked(function)
    found: dict[str, Sample] = {}
    for _ in range(ATTEMPTS):
        arguments = _arguments(solver, engine.inputs, bounds, chance)
        if arguments is None or repr(arguments) in found:
            continue
        try:
            found[repr(arguments)] = Sample(arguments, run(**arguments))
        except NotAdmissibleError:
            continue  # random elements that break a precondition
        if len(found) == WANTED:
            break
    return list(found.values())


def _arguments(
    solver: Any, inputs: tuple[Input, ...], bounds: dict[str, Range | None], chance: random.Random
) -> dict[str, Any] | None:
    """Lengths and scalars pinned to random values where that is consistent."""
    solver.push()
    try:
        for entry in inputs:
            limits = bounds[entry.name]
            for symbol in (entry.length,) if entry.length else (entry.symbol,):
                constant = _constant(solver, symbol)
                if constant is None:
                    continue
                if entry.length:
                    solver.add(constant <= LENGTH)
                    _pin(solver, constant, chance.randint(0, LENGTH))
                elif limits is not None:
                    _pin(solver, constant, _number(limits, chance))
        if solver.check() != z3.sat:
            return None
        model = solver.model()
        return {e.name: _value(solver, model, e, bounds[e.name], chance) for e in inputs}
    finally:
        solver.pop()


def _pin(solver: Any, constant: Any, value: int) -> None:
    solver.push()
    solver.add(constant == value)
    possible = solver.check() == z3.sat
    solver.pop()
    if possible:
        solver.add(constant == value)


def _constant(solver: Any, symbol: str) -> Any:
    """The constant of that name in the preconditions; None where none mentions it."""
    stack, seen = list(solver.assertions()), set()
    while stack:
        term = stack.pop()
        if term.get_id() in seen:
            continue
        seen.add(term.get_id())
        if z3.is_const(term) and str(term) == symbol:
            return term
        stack.extend([term.body()] if z3.is_quantifier(term) else term.children())
    return None


def _value(
    solver: Any, model: Any, entry: Input, limits: Range | None, chance: random.Random
) -> Any:
    if entry.length is None:
        constant = _constant(solver, entry.symbol)
        if constant is None:
            return _number(limits, chance)
        value = model.eval(constant, model_completion=True)
        if z3.is_bool(value):
            return z3.is_true(value)
        return value.as_signed_long() if z3.is_bv_value(value) else value.as_long()
    count = model.eval(_constant(solver, entry.length), model_completion=True).as_long()
    if entry.width is None:
        return [_number(limits, chance) for _ in range(count)]
    widths = _constant(solver, entry.width)
    rows = []
    for row in range(count):
        width = 0
        if widths is not None:
            width = model.eval(widths[row], model_completion=True).as_long()
        rows.append([_number(limits, chance) for _ in range(min(width, 2 * LENGTH))])
    return rows


def _number(limits: Range | None, chance: random.Random) -> int:
    """A number of the range, small or at its ends."""
    low, high = limits or Range(-SMALL, SMALL)
    near = range(max(low, -SMALL), min(high, SMALL) + 1) or range(low, low + 1)
    return chance.choice([low, high, chance.choice(near), chance.choice(near)])

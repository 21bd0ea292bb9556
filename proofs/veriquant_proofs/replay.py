"""What a solver's model does on the real function: counterexamples broken, witnesses run.

A counterexample runs twice: once as the function is shipped, with its contracts on; once with
every check made explicit (`vcgen.runtime.checked`), because CPython does not notice an overflow
or a value outside its range. Runs on arguments that a solver chose may never end, so they happen in
a process of their own (`solvers.pool.call_apart`).
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import FrameType
from typing import Any

from veriquant_proofs.processes import Failure, call_apart
from veriquant_proofs.vcgen.runtime import CheckFailed, NotAdmissibleError, checked
from veriquant_proofs.vcgen.source import REPOSITORY, TypeInfo, read
from veriquant_proofs.vcgen.vc import VC, Kind, Vacuity, VerificationSubsetError

SHOWN = 200

#: Seconds for one run; the product's witnesses need milliseconds.
RUN_LIMIT = 10.0

#: Arguments tried where the solver's own break nothing, and how large the ordinary ones are.
TRIES = 2000
SMALL = 16

#: Kinds of obligations that start at an arbitrary loop state.
LOOP_KINDS = frozenset({Kind.INVARIANT_PRESERVED, Kind.VARIANT})


@dataclass(frozen=True, slots=True)
class Replay:
    """What a counterexample does when it is run.

    `confirmed`: a check fails on the real run; `exact`: it is the check that was refuted. Where
    neither holds, the model starts in the middle (an arbitrary loop state, or a callee that does
    more than its contract says): the contract or invariant is too weak, not the code wrong.
    """

    call: str
    confirmed: bool
    exact: bool
    message: str


@dataclass(frozen=True, slots=True)
class WitnessRun:
    """What the real function does with a witness.

    `good`: it returned with all contracts on and, for a loop invariant, went through the loop.
    """

    text: str
    good: bool


def arguments(model: dict[str, Any], obligation: VC | Vacuity) -> dict[str, Any]:
    """The model as Python arguments."""
    rational = {entry.name for entry in obligation.inputs if entry.sort == "real"}
    return {n: Fraction(v) if n in rational else v for n, v in model.items()}


def shown(value: object) -> str:
    """`repr`, cut to what a line holds."""
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def call_text(function: str, values: dict[str, Any]) -> str:
    """The call as a person would type it."""
    return f"{function}({', '.join(f'{name}={shown(value)}' for name, value in values.items())})"


def real_function(obligation: VC | Vacuity) -> Callable[..., Any]:
    """The function that an obligation is about, from the file that the obligation names."""
    path = (REPOSITORY / obligation.file).resolve()
    try:
        module = importlib.import_module(obligation.module)
    except ImportError:
        module = None
    known = getattr(module, "__file__", None)
    if module is None or known is None or Path(known).resolve() != path:  # a changed copy
        spec = importlib.util.spec_from_file_location(obligation.module, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    function: Callable[..., Any] = getattr(module, obligation.function)
    return function


def replay_all(
    refuted: list[tuple[VC, dict[str, Any] | None, dict[str, Any]]],
) -> list[Replay]:
    """Run counterexamples (obligation, arguments, loop state) in a process of their own.

    Where the solver's arguments break nothing, others are tried: it knows some operations only by
    what the proof needs, and then its model may be none of the real function.
    """
    results = call_apart([(replay, (vc, m, None, s)) for vc, m, s in refuted], RUN_LIMIT)
    played = [
        Replay(call_text(vc.function, model or {}), False, False, f"the run {result.reason}")
        if isinstance(result, Failure)
        else result
        for (vc, model, _), result in zip(refuted, results, strict=True)
    ]
    open_ones = [number for number, result in enumerate(played) if not result.confirmed]
    searches = call_apart([(search, (refuted[n][0],)) for n in open_ones], RUN_LIMIT)
    for number, found in zip(open_ones, searches, strict=True):
        if isinstance(found, Replay):
            played[number] = found
    return played


def replay(
    vc: VC,
    model: dict[str, Any] | None,
    function: Callable[..., Any] | None = None,
    state: dict[str, Any] | None = None,
) -> Replay:
    """Run a counterexample. Never raises: what goes wrong is part of the message.

    `function` takes the place of the one that the obligation names; `state`: the model's other
    constants, shown where the run does not reach the failing state.
    """
    if model is None:
        return Replay(vc.function, False, False, "the model has no arguments that can be built")
    values = arguments(model, vc)
    call = call_text(vc.function, values)
    target = real_function(vc) if function is None else function
    try:
        result = checked(target)(**values)
    except CheckFailed as failure:
        exact = (failure.kind, failure.line) == (vc.kind, vc.line)
        message = f"{failure.kind.value} fails at line {failure.line}: {failure.message}"
        return Replay(call, True, exact, f"{message}; {_shipped(target, values)}")
    except NotAdmissibleError as error:
        return Replay(call, False, False, f"outside the preconditions: {error}")
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        return Replay(call, True, False, f"{message}; {_shipped(target, values)}")
    cause = (
        "an invariant, a callee's contract or what the solver knows of an operation is too weak "
        "to exclude it"
    )
    if vc.kind in LOOP_KINDS:
        cause = "the loop does not preserve it from every state that satisfies the invariants"
    place = ", ".join(f"{name} = {shown(value)}" for name, value in (state or {}).items())
    return Replay(
        call,
        False,
        False,
        f"runs through and returns {shown(result)}: the failing state is not reached from these "
        f"arguments; {cause}{f' (from {place[: 2 * SHOWN]})' if place else ''}",
    )


def search(vc: VC, function: Callable[..., Any] | None = None) -> Replay | None:
    """Look for arguments that break the obligation when run; None where none of `TRIES` does.

    The choice is random with a fixed seed, so the same source gives the same counterexample.
    """
    target = real_function(vc) if function is None else function
    try:
        run, source = checked(target), read(target)
    except VerificationSubsetError:
        return None
    chance = random.Random(vc.id)
    for _ in range(TRIES):
        values = {name: _some(info, chance) for name, info in source.parameters}
        try:
            run(**values)
        except CheckFailed as failure:
            if (failure.kind, failure.line) == (vc.kind, vc.line):
                message = f"{failure.kind.value} fails at line {failure.line}: {failure.message}"
                call = call_text(vc.function, values)
                return Replay(call, True, True, f"{message}; {_shipped(target, values)}")
        except (
            Exception
        ):  # not admissible, or it breaks in another way: another obligation's matter
            continue
    return None


def _some(info: TypeInfo, chance: random.Random) -> Any:
    """A value of a type, small or at the edges of its range."""
    if info.shape == "bool":
        return chance.random() < 0.5
    if info.shape == "real":
        return Fraction(chance.randint(-8, 8), chance.randint(1, 4))
    if info.shape in ("int[]", "int[][]"):
        part = TypeInfo(info.shape.removesuffix("[]"), info.bounds)
        return [_some(part, chance) for _ in range(chance.randint(0, 4))]
    low, high = info.bounds or (-SMALL, SMALL)
    near = range(max(low, -SMALL), min(high, SMALL) + 1) or range(low, low + 1)
    return chance.choice([low, high, chance.choice(near), chance.choice(near)])


def _shipped(function: Callable[..., Any], values: dict[str, Any]) -> str:
    try:
        result = function(**values)
    except Exception as error:
        reason = " ".join(str(error).split())
        return f"the function raises {type(error).__name__}: {reason[:SHOWN]}"
    return f"the function itself returns {shown(result)}"


def run_witnesses(found: list[tuple[Vacuity, dict[str, Any]]]) -> list[WitnessRun]:
    """Run witnesses in a process of their own."""
    results = call_apart([(run_witness, entry) for entry in found], RUN_LIMIT)
    return [
        WitnessRun(f"{call_text(obligation.function, model)} {result.reason}", False)
        if isinstance(result, Failure)
        else result
        for (obligation, model), result in zip(found, results, strict=True)
    ]


def run_witness(obligation: Vacuity, model: dict[str, Any]) -> WitnessRun:
    """Run a witness with all contracts on.

    A lemma is run as well: its body's assertions and its statement are then checked on the witness.
    That of a loop invariant must reach the loop's body, where the invariant is asserted.
    """
    found = _run_witness(obligation, arguments(model, obligation))
    if not found.good:
        # Where contracts use functions that the solver knows little of (shifts by a variable), its
        # model may be none. Sequences of zeros often are; the run decides.
        zeroed = _run_witness(obligation, arguments(_zeroed(model), obligation))
        return zeroed if zeroed.good else found
    return found


def _zeroed(value: Any) -> Any:
    """A model with zeros in its sequences."""
    if isinstance(value, dict):
        return {n: _zeroed(v) if isinstance(v, list) else v for n, v in value.items()}
    return [_zeroed(part) if isinstance(part, list) else 0 for part in value]


def _run_witness(obligation: Vacuity, values: dict[str, Any]) -> WitnessRun:
    call = call_text(obligation.function, values)
    function = real_function(obligation)
    ordered = list(values.values())  # inputs stand in the order of the parameters
    try:
        if obligation.what == "invariant":
            result, entries = _entries(function, ordered, obligation.line)
        else:
            result, entries = function(*ordered), 1
    except Exception as error:
        reason = " ".join(str(error).split())
        return WitnessRun(f"{call} raised {type(error).__name__}: {reason}", False)
    if entries == 0:
        text = f"{call} returns without entering the loop of line {obligation.line}"
        return WitnessRun(text, False)
    return WitnessRun(f"{call} = {shown(result)}", True)


def _entries(function: Callable[..., Any], values: list[Any], line: int) -> tuple[Any, int]:
    """The result of a call, and how often the body of the loop that starts at `line` was begun."""
    source = read(function)
    loops = (n for n in ast.walk(source.node) if isinstance(n, ast.For | ast.While))
    first = next(loop.body[0].lineno for loop in loops if loop.lineno == line)
    code = inspect.unwrap(function).__code__
    count = 0

    def inside(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line" and frame.f_lineno == first
        return inside

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        return inside if frame.f_code is code else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        result = function(*values)
    finally:
        sys.settrace(before)
    return result, count

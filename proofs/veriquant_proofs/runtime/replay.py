"""What a solver's model does when it is run: counterexamples broken, witnesses accepted.

A counterexample runs twice: once as the function is shipped, with its contracts on; once in the
core's interpreter, because CPython does not notice an overflow or a value outside its range. Runs
on arguments that a solver chose may never end, so they happen in a process of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.interpreter import CheckFailed, Machine, NotAdmissibleError, StepLimit
from veriquant_proofs.core.printer import show_value
from veriquant_proofs.core.syntax import Function, FunctionId, Program
from veriquant_proofs.core.types import RealType
from veriquant_proofs.core.values import copied
from veriquant_proofs.processes import Failure, call_apart
from veriquant_proofs.runtime.inputs import Generator
from veriquant_proofs.runtime.real import SHOWN, Outcome, call_text, real_function, run_real
from veriquant_proofs.runtime.shipping import apart, packed

#: Seconds for one run; the product's witnesses need milliseconds.
RUN_LIMIT = 10.0

#: Steps for one run of the interpreter.
STEPS = 500_000

#: Arguments tried where the solver's own break nothing.
TRIES = 2000

#: Kinds of checks that start at an arbitrary loop state.
LOOP_KINDS = frozenset({Kind.INVARIANT_PRESERVED, Kind.VARIANT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refutation:
    """A check that a solver refuted, and its model: arguments by parameter (None where none can be
    built) and the other constants."""

    function: FunctionId
    kind: Kind
    line: int
    arguments: dict[str, Any] | None
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Arguments on which a function must run; `loop`: the line of a loop that it must enter."""

    function: FunctionId
    arguments: dict[str, Any]
    loop: int | None = None


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

    `good`: it returned with all contracts on, the interpreter agrees and, for a loop invariant, the
    run went through the loop.
    """

    text: str
    good: bool


def replay_all(program: Program, refuted: Sequence[Refutation]) -> list[Replay]:
    """Run counterexamples in a process of their own.

    Where the solver's arguments break nothing, others are tried: it knows some operations only by
    what the proof needs, and then its model may be none of the real function.
    """
    data = packed(program)
    results = call_apart([(apart, (data, replay, entry)) for entry in refuted], RUN_LIMIT)
    played = [
        Replay(call_text(e.function, e.arguments or {}), False, False, f"the run {result.reason}")
        if isinstance(result, Failure)
        else result
        for e, result in zip(refuted, results, strict=True)
    ]
    open_ones = [number for number, result in enumerate(played) if not result.confirmed]
    searches = call_apart([(apart, (data, search, refuted[n])) for n in open_ones], RUN_LIMIT)
    for number, found in zip(open_ones, searches, strict=True):
        if isinstance(found, Replay):
            played[number] = found
    return played


def replay(program: Program, refuted: Refutation) -> Replay:
    """Run a counterexample. Never raises: what goes wrong is part of the message."""
    if refuted.arguments is None:
        message = "the model has no arguments that can be built"
        return Replay(refuted.function.name, False, False, message)
    function = program[refuted.function]
    values = typed(function, refuted.arguments)
    call = call_text(function.id, values)
    try:
        result = Machine(program, STEPS).call(function.id, copied_all(values))
    except CheckFailed as failure:
        exact = _same(failure, refuted)
        return Replay(
            call, True, exact, f"{_broken(failure, function)}; {_shipped(function, values)}"
        )
    except NotAdmissibleError as error:
        return Replay(call, False, False, f"outside the preconditions: {error}")
    except StepLimit as error:
        return Replay(call, False, False, f"the run takes {error}")
    cause = (
        "an invariant, a callee's contract or what the solver knows of an operation is too weak "
        "to exclude it"
    )
    if refuted.kind in LOOP_KINDS:
        cause = "the loop does not preserve it from every state that satisfies the invariants"
    place = ", ".join(f"{name} = {show_value(v, SHOWN)}" for name, v in refuted.state.items())
    return Replay(
        call,
        False,
        False,
        f"runs through and returns {show_value(result, SHOWN)}: the failing state is not reached "
        f"from these arguments; {cause}{f' (from {place[: 2 * SHOWN]})' if place else ''}",
    )


def search(program: Program, refuted: Refutation) -> Replay | None:
    """Look for arguments that break the check when run; None where none of `TRIES` does.

    The choice is random with a fixed seed, so the same source gives the same counterexample.
    """
    function = program[refuted.function]
    machine = Machine(program, STEPS)
    seed = f"{function.id}/{refuted.kind.value}/{refuted.line}"
    for values in Generator(machine, function, seed).admissible(TRIES):
        try:
            machine.call(function.id, copied_all(values))
        except CheckFailed as failure:
            if _same(failure, refuted):
                call = call_text(function.id, values)
                message = f"{_broken(failure, function)}; {_shipped(function, values)}"
                return Replay(call, True, True, message)
        except StepLimit:  # another obligation's matter
            continue
    return None


def typed(function: Function, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A model's arguments in the order of the parameters; integers of rationals as `Fraction`."""
    rational = {p.name for p in function.parameters if isinstance(p.type, RealType)}
    return {
        p.name: Fraction(arguments[p.name]) if p.name in rational else arguments[p.name]
        for p in function.parameters
    }


def copied_all(values: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments that a run may change."""
    return {name: copied(value) for name, value in values.items()}


def _same(failure: CheckFailed, refuted: Refutation) -> bool:
    found = (failure.function, failure.kind, failure.place.line)
    return found == (refuted.function, refuted.kind, refuted.line)


def _broken(failure: CheckFailed, function: Function) -> str:
    where = "" if failure.function == function.id else f" of {failure.function.name}"
    return f"{failure.kind.value} fails at line {failure.place.line}{where}: {failure.message}"


def _shipped(function: Function, values: Mapping[str, Any]) -> str:
    """What the real function does, where there is one."""
    try:
        real = real_function(function)
    except Exception as error:
        return f"the function cannot be called: {type(error).__name__}: {error}"
    return run_real(real, values).text


def run_witnesses(program: Program, found: Sequence[Witness]) -> list[WitnessRun]:
    """Run witnesses in a process of their own."""
    data = packed(program)
    results = call_apart([(apart, (data, run_witness, entry)) for entry in found], RUN_LIMIT)
    return [
        WitnessRun(f"{call_text(w.function, w.arguments)} {result.reason}", False)
        if isinstance(result, Failure)
        else result
        for w, result in zip(found, results, strict=True)
    ]


def run_witness(program: Program, witness: Witness) -> WitnessRun:
    """Run a witness with all contracts on.

    A lemma is run as well: its body's assertions and its statement are then checked on the witness.
    That of a loop invariant must reach the loop's body, where the invariant is asserted.
    """
    found = _run_witness(program, witness)
    if not found.good:
        # Where contracts use functions that the solver knows little of (shifts by a variable), its
        # model may be none. Sequences of zeros often are; the run decides.
        zeroed = _run_witness(program, replace(witness, arguments=_zeroed(witness.arguments)))
        return zeroed if zeroed.good else found
    return found


def _zeroed(arguments: dict[str, Any]) -> dict[str, Any]:
    """A model with zeros in its sequences."""

    def zeros(value: Any) -> Any:
        if isinstance(value, list):
            return [zeros(part) if isinstance(part, list) else 0 for part in value]
        return value

    return {name: zeros(value) for name, value in arguments.items()}


def _run_witness(program: Program, witness: Witness) -> WitnessRun:
    function = program[witness.function]
    values = typed(function, witness.arguments)
    call = call_text(function.id, values)
    machine = Machine(program, STEPS)
    arguments = copied_all(values)
    try:
        expected = machine.call(function.id, arguments)
    except (CheckFailed, NotAdmissibleError, StepLimit) as error:
        return WitnessRun(f"{call} in the interpreter: {type(error).__name__}: {error}", False)
    outcome = run_real(real_function(function), values)
    if outcome.error is not None:
        return WitnessRun(f"{call} raised {outcome.error}", False)
    if not agree(outcome, expected, tuple(arguments.values())):
        shown = show_value(expected, SHOWN)
        return WitnessRun(f"{call}: {outcome.text}, the interpreter {shown}", False)
    if witness.loop is not None and (function.id, witness.loop) not in machine.entered:
        return WitnessRun(f"{call} returns without entering the loop of line {witness.loop}", False)
    return WitnessRun(f"{call} = {show_value(outcome.result, SHOWN)}", True)


def agree(outcome: Outcome, expected: Any, arguments: tuple[Any, ...]) -> bool:
    """Whether a real run returned what the interpreter did, and left the same arguments."""
    return alike(outcome.result, expected) and alike(outcome.arguments, arguments)


def alike(a: Any, b: Any) -> bool:
    """Equal, and of the same types throughout: True is not 1."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    return bool(a == b)

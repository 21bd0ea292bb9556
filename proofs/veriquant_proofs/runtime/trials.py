"""Every function is tried: the real one with its contracts on, against the interpreter.

A proof that holds cannot be broken by a run. So an input inside the precondition on which a check
fails that was proved, or on which CPython and the interpreter disagree, means that the verifier
(or what Python calls) is not what it is taken for: an alarm of its own.

Inputs are the same for the same program. How much is tried is bounded in steps, which do not depend
on the machine; a limit in seconds stands behind that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.interpreter import CheckFailed, Machine, StepLimit
from veriquant_proofs.core.printer import show_value
from veriquant_proofs.core.syntax import Function, FunctionId, Program, Role
from veriquant_proofs.processes import Failure, call_apart
from veriquant_proofs.runtime.inputs import Generator
from veriquant_proofs.runtime.real import SHOWN, call_text, real_function, run_real
from veriquant_proofs.runtime.replay import agree, copied_all
from veriquant_proofs.runtime.shipping import apart, packed

#: Inputs wanted of every function, and attempts to find one that differs from those before.
WANTED = 1000
ATTEMPTS = 12 * WANTED

#: Steps of the interpreter for one input; a longer run is left out.
INPUT_STEPS = 10_000

#: Steps of the interpreter for all inputs of one function. Lists get shorter to keep to it.
STEPS = 1_000_000

#: Seconds for one function: far more than any needs, on a busy machine too.
LIMIT = 300.0


@dataclass(frozen=True, slots=True)
class Broken:
    """A check that fails on a run of the interpreter: what a proof of it would contradict."""

    function: FunctionId
    kind: Kind
    line: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """An input on which a function does not do what its contract says.

    `broken`: the check that fails in the interpreter; None where the real function raises or
    returns something else than the interpreter, which no unproved check explains.
    """

    call: str
    message: str
    broken: Broken | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What trying one function gave.

    `inputs`: how many inside the precondition were run, all different; `everything`: there are no
    others; `left_out`: inputs whose run would take too long. `error`: why nothing was tried.
    """

    function: FunctionId
    label: str
    inputs: int = 0
    everything: bool = False
    left_out: int = 0
    alarm: Alarm | None = None
    error: str | None = None

    @property
    def good(self) -> bool:
        """No alarm, and something was tried."""
        return self.alarm is None and self.error is None and self.inputs > 0

    @property
    def text(self) -> str:
        """In words."""
        if self.alarm is not None:
            return f"{self.alarm.call}: {self.alarm.message}"
        if self.error is not None:
            return f"not tried: {self.error}"
        if not self.inputs:
            return "not tried: no input inside the precondition was found"
        if self.everything:
            return f"{self.inputs} inputs, all there are"
        return f"{self.inputs} inputs"


def run_trials(
    program: Program,
    functions: Sequence[FunctionId] | None = None,
    *,
    jobs: int = 1,
    wanted: int = WANTED,
    limit: float = LIMIT,
    finished: Callable[[], None] = lambda: None,
) -> list[Trial]:
    """Try functions (all kernels and lemmas where none are named), each in a process of its own."""
    chosen = [
        f
        for f in program.functions.values()
        if f.role is not Role.LOGIC and (functions is None or f.id in functions)
    ]
    data = packed(program)
    calls = [(apart, (data, try_function, f.id, wanted)) for f in chosen]
    results = call_apart(calls, limit, jobs, finished)
    return [
        Trial(f.id, f.label, error=result.reason) if isinstance(result, Failure) else result
        for f, result in zip(chosen, results, strict=True)
    ]


def try_function(program: Program, identity: FunctionId, wanted: int = WANTED) -> Trial:
    """Run one function on up to `wanted` inputs of its own."""
    function = program[identity]
    try:
        real = real_function(function)
    except Exception as error:
        reason = f"it cannot be called: {type(error).__name__}: {error}"
        return Trial(identity, function.label, error=reason)
    machine = Machine(program, INPUT_STEPS)
    generator = Generator(machine, function, f"trial of {identity}")
    inputs = left_out = spent = 0
    for values in generator.admissible(ATTEMPTS):
        try:
            alarm = _tried(machine, function, real, values)
        except StepLimit:
            left_out += 1
            alarm = None
        else:
            inputs += 1
        spent += machine.limit - machine.left
        if alarm is not None:
            return Trial(identity, function.label, inputs, False, left_out, alarm)
        generator.paced(behind=spent * wanted > STEPS * (inputs + left_out))
        if (inputs >= wanted and generator.domain is None) or spent > 3 * STEPS:
            return Trial(identity, function.label, inputs, False, left_out)
    everything = generator.domain is not None and not left_out
    return Trial(identity, function.label, inputs, everything, left_out)


def _tried(
    machine: Machine, function: Function, real: Callable[..., Any], values: dict[str, Any]
) -> Alarm | None:
    """What is wrong with a run; None for a good one. Raises StepLimit."""
    arguments, call = copied_all(values), call_text(function.id, values)
    try:
        expected = machine.call(function.id, arguments)
    except CheckFailed as failure:
        broken = Broken(failure.function, failure.kind, failure.place.line)
        message = f"in the interpreter, {failure}; {run_real(real, values).text}"
        return Alarm(call, message, broken)
    outcome = run_real(real, values)
    if outcome.error is None and agree(outcome, expected, tuple(arguments.values())):
        return None
    return Alarm(call, f"{outcome.text}; the interpreter returns {show_value(expected, SHOWN)}")

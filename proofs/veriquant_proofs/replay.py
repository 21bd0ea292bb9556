"""A refuted obligation's model, turned into a call of the real function that shows the break.

The call runs twice: once as the function is shipped, with its contracts on; once with every check
made explicit (`vcgen.runtime.checked`), because CPython does not notice an overflow or a value
outside its range.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from veriquant_proofs.vcgen.runtime import CheckFailed, NotAdmissibleError, checked
from veriquant_proofs.vcgen.vc import VC, Vacuity

SHOWN = 200


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


def arguments(model: dict[str, Any], obligation: VC | Vacuity) -> dict[str, Any]:
    """The model as Python arguments."""
    rational = {entry.name for entry in obligation.inputs if entry.sort == "real"}
    return {n: Fraction(v) if n in rational else v for n, v in model.items()}


def call_text(function: str, values: dict[str, Any]) -> str:
    """The call as a person would type it."""
    shown = []
    for name, value in values.items():
        text = repr(value)
        shown.append(f"{name}={text if len(text) <= SHOWN else text[:SHOWN] + '…'}")
    return f"{function}({', '.join(shown)})"


def real_function(obligation: VC | Vacuity) -> Callable[..., Any]:
    """The function that an obligation is about, as its module holds it."""
    function = getattr(importlib.import_module(obligation.module), obligation.function)
    assert callable(function)
    return function  # type: ignore[no-any-return]


def replay(
    vc: VC, model: dict[str, Any] | None, function: Callable[..., Any] | None = None
) -> Replay:
    """Run a counterexample. Never raises: what goes wrong is part of the message."""
    if model is None:
        return Replay(vc.function, False, False, "the model has no readable arguments")
    values = arguments(model, vc)
    call = call_text(vc.function, values)
    target = real_function(vc) if function is None else function
    shipped = _shipped(target, values)
    try:
        result = checked(target)(**values)
    except CheckFailed as failure:
        exact = (failure.kind, failure.line) == (vc.kind, vc.line)
        message = f"{failure.kind.value} fails at line {failure.line}: {failure.message}; {shipped}"
        return Replay(call, True, exact, message)
    except NotAdmissibleError as error:
        return Replay(call, False, False, f"outside the preconditions: {error}")
    except Exception as error:
        return Replay(call, True, False, f"{type(error).__name__}: {error}; {shipped}")
    return Replay(
        call,
        False,
        False,
        f"runs through and returns {result!r}: the failing state is not reached from these "
        "arguments; an invariant or a callee's contract is too weak to exclude it",
    )


def _shipped(function: Callable[..., Any], values: dict[str, Any]) -> str:
    try:
        result = function(**values)
    except Exception as error:
        first = str(error).strip().splitlines()
        return f"the function raises {type(error).__name__}: {first[0] if first else ''}"
    return f"the function itself returns {result!r}"


def run_witness(obligation: Vacuity, model: dict[str, Any] | None) -> tuple[str, bool]:
    """Run a witness of the preconditions with all contracts on: the call, and whether it returned.

    A lemma is run as well: its body's assertions and its statement are then checked on the witness.
    """
    if model is None:
        return obligation.function, False
    values = arguments(model, obligation)
    call = call_text(obligation.function, values)
    try:
        result = real_function(obligation)(*values.values())  # inputs stand in parameter order
    except Exception as error:
        return f"{call} raised {type(error).__name__}: {error}", False
    text = repr(result)
    return f"{call} = {text if len(text) <= SHOWN else text[:SHOWN] + '…'}", True

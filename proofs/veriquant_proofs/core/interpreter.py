"""Runs core programs, with every check made as it is met.

Written from the semantics in `syntax` and `checks`, independently of `obligations`: a check that
fails here while its verification condition is proved means that one of the two is wrong. Nothing is
left out because its type says that it cannot fail.

Integers are `int`, rationals `Fraction`, sequences lists (tuples are accepted as arguments),
matrices lists of lists, tuples tuples. Stores change lists in place; `wellformed` sees to it that
no list has two names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from veriquant_proofs.core import checks
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.evaluate import Code, compiled
from veriquant_proofs.core.execute import Returned, Run, compiled_body
from veriquant_proofs.core.printer import SHOWN, show_value
from veriquant_proofs.core.syntax import (
    Clause,
    Expr,
    Function,
    FunctionId,
    Mode,
    Parameter,
    Place,
    Program,
    Role,
)
from veriquant_proofs.core.traverse import recursive
from veriquant_proofs.core.types import Type
from veriquant_proofs.core.values import Misfit, copied, misfit, of_shape

#: Statements, quantified instances and list elements of one call.
STEP_LIMIT = 5_000_000


class CheckFailed(Exception):
    """A check that does not hold on this run.

    `kind`, `place` and `goal` are those of the verification condition that it refutes; `function`
    is the function that it belongs to, `values` that function's arguments in this call.
    """

    def __init__(
        self,
        kind: Kind,
        place: Place,
        goal: str,
        *,
        function: FunctionId,
        file: Path,
        values: Mapping[str, object],
        got: str = "",
    ) -> None:
        self.kind, self.place, self.goal = kind, place, goal
        self.function, self.file, self.values = function, file, dict(values)
        shown = ", ".join(f"{n} = {show_value(v, SHOWN)}" for n, v in values.items())
        found = f", got {got}" if got else ""
        self.message = f"{goal}{found}; {function.name}({shown})"
        super().__init__(f"{file}:{place.line}:{place.column}: {kind.value}: {self.message}")


class NotAdmissibleError(ValueError):
    """Arguments outside a function's parameter types or preconditions: nothing was run."""


class StepLimit(Exception):
    """The run takes more steps than allowed: it may never end."""


@dataclass(slots=True)
class Frame:
    """One running call. `stands_for`: where failures are reported instead, for the value of a
    specification function: at its application, whose function may be another one."""

    machine: Machine
    function: Function
    values: dict[str, Any]
    arguments: dict[str, Any]
    olds: dict[str, Any] = field(default_factory=dict)
    stands_for: tuple[Frame, Place] | None = None
    previous: tuple[int, Any] | None = None

    def fail(self, kind: Kind, place: Place, goal: str, got: object = None) -> NoReturn:
        """Raise CheckFailed at a place of this function."""
        frame = self
        while frame.stands_for is not None:
            frame, place = frame.stands_for
        raise CheckFailed(
            kind,
            place,
            goal,
            function=frame.function.id,
            file=frame.function.file,
            values=frame.arguments,
            got="" if got is None else got if isinstance(got, str) else show_value(got, SHOWN),
        )

    def fit(self, value: Any, kind: Type, place: Place, what: str) -> Any:
        """A value that becomes one of a type: its range check."""
        wrong = misfit(value, kind, what)
        if wrong is not None:
            self.fail(Kind.RANGE, place, wrong.goal, wrong.found)
        return value

    def step(self, count: int = 1) -> None:
        """Count work. Raises StepLimit."""
        self.machine.step(count)

    def iterated(self, loop: Place) -> None:
        """The body of a loop of this function begins."""
        self.machine.step()
        self.machine.entered.add((self.function.id, loop.line))

    def enter(self, callee: FunctionId, arguments: list[Any], place: Place) -> Any:
        """A call, its ranges and preconditions checked."""
        return self.machine.enter(self, self.machine.program[callee], arguments, place)


@dataclass(slots=True)
class _Prepared:
    """A function, compiled."""

    function: Function
    requires: list[tuple[Code, Clause]]
    body: list[Run]
    value: Code | None
    recursive: bool
    written: frozenset[str]


class Machine:
    """Runs functions of a program. Each call from outside may take `limit` steps."""

    def __init__(self, program: Program, limit: int = STEP_LIMIT) -> None:
        self.program = program
        self.limit = limit
        self.left = limit
        self._prepared: dict[int, _Prepared] = {}
        self._expressions: dict[int, tuple[Code, Expr]] = {}
        #: loops whose body has run in this call: function and line
        self.entered: set[tuple[FunctionId, int]] = set()

    def step(self, count: int = 1) -> None:
        """Count work. Raises StepLimit."""
        self.left -= count
        if self.left < 0:
            raise StepLimit(f"more than {self.limit} steps")

    def call(self, identity: FunctionId, arguments: Sequence[Any] | Mapping[str, Any]) -> Any:
        """The result of a function, every check made.

        Arguments in the order of the parameters, or by name; those of written parameters are
        changed in place. Raises NotAdmissibleError, CheckFailed, StepLimit.
        """
        self.left = self.limit
        self.entered.clear()
        function = self.program[identity]
        values = self._bound(function, arguments)
        problem = self._problem(function, values)
        if problem is not None:
            raise NotAdmissibleError(f"{function.label}: {problem.goal}, got {problem.found}")
        return self._run(function, values)

    def admissible(
        self, identity: FunctionId, arguments: Sequence[Any] | Mapping[str, Any]
    ) -> str | None:
        """Why a call is not allowed; None for one that is. Raises CheckFailed, StepLimit."""
        self.left = self.limit
        function = self.program[identity]
        try:
            problem = self._problem(function, self._bound(function, arguments))
        except NotAdmissibleError as error:
            return str(error)
        return None if problem is None else f"{problem.goal}, got {problem.found}"

    def specified(self, function: Function, expr: Expr, values: dict[str, Any]) -> Any:
        """The value of an expression of a function's contract, where names have these values.

        Raises CheckFailed, StepLimit.
        """
        self.left = self.limit
        code = self._expressions.get(id(expr))
        if code is None:
            code = (compiled(expr, function, executable=False), expr)  # kept: its id stays taken
            self._expressions[id(expr)] = code
        return code[0](self.frame(function, values))

    # ---------------------------------------------------------------- calls

    def _bound(
        self, function: Function, arguments: Sequence[Any] | Mapping[str, Any]
    ) -> dict[str, Any]:
        names = [p.name for p in function.parameters]
        if len(arguments) != len(names):
            raise NotAdmissibleError(f"{function.label} takes {', '.join(names) or 'nothing'}")
        values = (
            dict(arguments)
            if isinstance(arguments, Mapping)
            else dict(zip(names, arguments, strict=True))
        )
        if set(values) != set(names):
            raise NotAdmissibleError(f"{function.label} takes {', '.join(names) or 'nothing'}")
        for parameter in function.parameters:
            value = values[parameter.name]
            if not of_shape(value, parameter.type, written=parameter.mode is Mode.WRITTEN):
                raise NotAdmissibleError(
                    f"{function.label}: argument {parameter.name} is no {parameter.type}: "
                    f"{show_value(value, SHOWN)}"
                )
        return {name: values[name] for name in names}

    def _problem(self, function: Function, values: dict[str, Any]) -> Misfit | None:
        """The first argument range or precondition that the arguments break."""
        for parameter in function.parameters:
            wrong = self.misfit_argument(function, parameter, values[parameter.name])
            if wrong is not None:
                return wrong
        return self.broken_precondition(self.frame(function, values))

    def misfit_argument(
        self, function: Function, parameter: Parameter, value: Any
    ) -> Misfit | None:
        """What is wrong with the range of an argument."""
        what = checks.argument(parameter.name, function.id.name)
        return misfit(value, parameter.type, what)

    def broken_precondition(self, frame: Frame) -> Misfit | None:
        """The first precondition that a frame's arguments break."""
        function = frame.function
        for condition, clause in self.prepared(function).requires:
            if not condition(frame):
                shown = ", ".join(f"{n} = {show_value(v, SHOWN)}" for n, v in frame.values.items())
                return Misfit(checks.precondition_goal(function.id.name, clause.place), shown)
        return None

    def frame(self, function: Function, values: dict[str, Any]) -> Frame:
        """A frame for a call, before anything has run."""
        written = self.prepared(function).written
        if not written:
            return Frame(self, function, dict(values), values)
        arguments = {n: copied(v) if n in written else v for n, v in values.items()}
        olds = {n: arguments[n] for n in written}
        return Frame(self, function, dict(values), arguments, olds)

    def enter(self, caller: Frame, callee: Function, values: list[Any], place: Place) -> Any:
        """A call inside a run: ranges and preconditions are checks of the caller."""
        self.step()
        names = {}
        for parameter, value in zip(callee.parameters, values, strict=True):
            wrong = self.misfit_argument(callee, parameter, value)
            if wrong is not None:
                caller.fail(Kind.RANGE, place, wrong.goal, wrong.found)
            names[parameter.name] = value
        frame = self.frame(callee, names)
        broken = self.broken_precondition(frame)
        if broken is not None:
            caller.fail(Kind.PRECONDITION, place, broken.goal, broken.found)
        if callee.role is not Role.LOGIC:
            return self._run_frame(frame)
        prepared = self.prepared(callee)
        assert prepared.value is not None
        if not prepared.recursive:
            frame.stands_for = (caller, place)
            return prepared.value(frame)
        last = callee.parameters[-1].name
        if caller.function is callee and caller.previous is not None:
            below, value = caller.previous
            if names[last] == below:
                return value
        return self._unrolled(prepared, frame)

    def _unrolled(self, prepared: _Prepared, frame: Frame) -> Any:
        """A recursive specification function at 0, 1, .. n: each application inside its value is
        one of `n - 1` and the same other arguments, whose value is known by then."""
        assert prepared.value is not None
        last = prepared.function.parameters[-1].name
        wanted: int = frame.values[last]
        if wanted <= 0:
            return prepared.value(frame)
        value = None
        for n in range(wanted + 1):
            self.step()
            names = {**frame.values, last: n}
            inner = Frame(self, prepared.function, names, names, previous=(n - 1, value))
            if n < wanted and self.broken_precondition(inner) is not None:
                continue  # where n + 1 applies it at n, that application fails
            value = prepared.value(inner)
        return value

    def _run(self, function: Function, values: dict[str, Any]) -> Any:
        if function.role is Role.LOGIC:
            prepared, frame = self.prepared(function), self.frame(function, values)
            assert prepared.value is not None
            return self._unrolled(prepared, frame) if prepared.recursive else prepared.value(frame)
        return self._run_frame(self.frame(function, values))

    def _run_frame(self, frame: Frame) -> Any:
        try:
            for statement in self.prepared(frame.function).body:
                statement(frame)
        except Returned as left:
            return left.value
        raise AssertionError(f"{frame.function.id} ends without a return")

    # ---------------------------------------------------------------- compiling

    def prepared(self, function: Function) -> _Prepared:
        """The function's contract and body, compiled when they are first needed."""
        found = self._prepared.get(id(function))
        if found is None:  # it keeps the function, whose id stays taken
            found = self._prepared[id(function)] = _prepare(function)
        return found


def _prepare(function: Function) -> _Prepared:
    def clauses(of: tuple[Clause, ...]) -> list[tuple[Code, Clause]]:
        return [(compiled(c.condition, function, executable=False), c) for c in of]

    value = function.value
    return _Prepared(
        function,
        clauses(function.requires),
        compiled_body(function),
        None if value is None else compiled(value, function, executable=False),
        recursive(function),
        frozenset(p.name for p in function.parameters if p.mode is Mode.WRITTEN),
    )

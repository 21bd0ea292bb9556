"""What the rest of the verifier takes for granted about a program, checked once.

Scopes, definite initialization, shapes, modes, no second name for an array, no recursion. The front
end relies on these messages: they name what a person wrote and what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from veriquant_proofs.core.aliasing import fresh, no_alias
from veriquant_proofs.core.errors import WellFormedError
from veriquant_proofs.core.syntax import (
    Assert,
    Assign,
    BoolLiteral,
    Call,
    Clause,
    Expr,
    For,
    Function,
    FunctionId,
    If,
    Local,
    LogicCall,
    Mode,
    Parameter,
    Place,
    Program,
    Return,
    Role,
    Statement,
    Store,
    Theory,
    TupleOf,
    Unpack,
    Use,
    While,
)
from veriquant_proofs.core.traverse import nodes, parts
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
    fits,
    holds_array,
    is_array,
    ranged,
    same_shape,
    within,
)
from veriquant_proofs.core.wellformed_expressions import (
    MAX_BITS,
    ExpressionChecker,
    well_founded,
)
from veriquant_spec.types import Range

__all__ = ["WellFormedError", "check_function", "check_program"]

#: Deepest nesting of constructs; what walks over them recurs once per level.
MAX_DEPTH = 200


def check_program(program: Program) -> None:
    """Check every function, and that calls lead to functions that stand before their callers.

    Raises WellFormedError.
    """
    for identity, function in program.functions.items():
        if identity != function.id:
            raise WellFormedError(
                function.place, function.file, f"{function.id} is filed as {identity}"
            )
        check_function(program, function)
    before: set[FunctionId] = set()
    for function in program.functions.values():
        for callee, place in _calls(function):
            if callee not in before and callee != function.id:
                raise WellFormedError(
                    place,
                    function.file,
                    f"{callee.name} leads back to {function.id.name}: recursion"
                    if function.id in _reached(program, callee)
                    else f"{callee} stands after its caller {function.id}",
                )
        before.add(function.id)


def check_function(program: Program, function: Function) -> None:
    """Check one function; of the functions it calls, only signature and role are looked at.

    Raises WellFormedError.
    """
    deep = _too_deep(function)
    if deep is not None:
        message = f"nested more than {MAX_DEPTH} deep: give parts of it names"
        raise WellFormedError(deep, function.file, message)
    _Checker(program, function).run()


def _calls(function: Function) -> Iterator[tuple[FunctionId, Place]]:
    for root in _roots(function):
        for node in nodes(root):
            if isinstance(node, Call | LogicCall):
                yield node.function, node.place
            elif isinstance(node, Use):
                yield node.lemma, node.place


def _roots(function: Function) -> Iterator[object]:
    yield from (*function.requires, *function.ensures, *function.body)
    if function.value is not None:
        yield function.value


def _reached(program: Program, start: FunctionId) -> set[FunctionId]:
    found: set[FunctionId] = set()
    open_ones = [start]
    while open_ones:
        identity = open_ones.pop()
        if identity not in found and identity in program.functions:
            found.add(identity)
            open_ones += [callee for callee, _ in _calls(program[identity])]
    return found


def _too_deep(function: Function) -> Place | None:
    """The first construct that is nested too deeply."""
    stack = [(root, 1, function.place) for root in _roots(function)]
    while stack:
        node, depth, place = stack.pop()
        place = getattr(node, "place", place)
        if depth > MAX_DEPTH:
            return place
        stack.extend((part, depth + 1, place) for part in parts(node))
    return None


@dataclass(slots=True)
class _Checker:
    """Walks one function. `types`: every name in scope; `ready`: those that have a value."""

    program: Program
    function: Function
    types: dict[str, Type | None] = field(default_factory=dict)
    ready: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    locals: dict[str, Type] = field(default_factory=dict)

    def fail(self, place: Place, message: str) -> WellFormedError:
        return WellFormedError(place, self.function.file, message)

    # ---------------------------------------------------------------- the function

    def run(self) -> None:
        function = self.function
        self._role()
        for parameter in function.parameters:
            self.name(parameter.name, function.place)
            self._declared(parameter, f"parameter `{parameter.name}`")
            if parameter.mode is Mode.WRITTEN and not (
                function.role is Role.KERNEL and is_array(parameter.type)
            ):
                raise self.fail(
                    function.place, f"written parameter `{parameter.name}` is no array of a kernel"
                )
            self.types[parameter.name] = parameter.type
            self.ready.add(parameter.name)
        self._machine(function.result, "result")
        for clause in function.requires:
            self._contract(clause, olds={}, result=None)
        written = {p.name: p.type for p in function.parameters if p.mode is Mode.WRITTEN}
        for clause in function.ensures:
            self._contract(clause, olds=written, result=function.result)
        if function.value is not None:
            self._value(function.value)
            return
        for local in function.locals:
            self.name(local.name, function.place)
            self._declared(local, f"`{local.name}`")
            self.types[local.name] = self.locals[local.name] = local.type
        if self.block(function.body):
            place = function.body[-1].place if function.body else function.place
            raise self.fail(place, f"{function.id.name} may end without a return")

    def name(self, name: str, place: Place) -> None:
        """A name that nothing else in the function has."""
        if name == "result":
            raise self.fail(place, "`result` is the result in postconditions: choose another name")
        if name in self.used:
            raise self.fail(place, f"`{name}` hides another variable of that name")
        self.used.add(name)

    def _role(self) -> None:
        function, place = self.function, self.function.place
        if function.word is not None:
            self._sane(function.word, "the machine word")
        if function.role is Role.LOGIC:
            if function.value is None or function.body or function.locals:
                raise self.fail(
                    place, f"{function.id.name}: a specification function is one return"
                )
            if function.ensures or function.word is not None:
                raise self.fail(
                    place,
                    f"{function.id.name}: a specification function has neither postconditions nor "
                    "a machine word",
                )
            return
        if function.value is not None:
            raise self.fail(place, f"{function.id.name}: a body, not a value")
        if function.role is Role.LEMMA and not isinstance(function.result, BoolType):
            raise self.fail(place, "a lemma returns True")
        if function.role is Role.KERNEL:
            if function.word is None:
                raise self.fail(place, f"{function.id.name} has no machine word")
            if not function.ensures and not ranged(function.result):
                raise self.fail(place, f"{function.id.name} has no postcondition to prove")
        elif not function.ensures:
            raise self.fail(place, f"{function.id.name} states nothing: it has no postcondition")

    def _declared(self, what: Parameter | Local, text: str) -> None:
        self._machine(what.type, text)

    def _machine(self, kind: Type, what: str) -> None:
        """Integers of a kernel, and those in bit vectors, are ranged and no wider than the word."""
        function = self.function
        limited = function.role is Role.KERNEL or function.theory is Theory.BIT_VECTOR
        match kind:
            case IntType(range=bounds):
                if bounds is not None:
                    self._sane(bounds, what)
                if not limited:
                    return
                if bounds is None:
                    raise self.fail(function.place, f"{what} of {function.id.name} has no range")
                if not within(bounds, function.word):
                    raise self.fail(
                        function.place,
                        f"{what}: range {bounds} exceeds the machine word {function.word}",
                    )
            case SequenceType(element=element) | MatrixType(element=element):
                self._machine(element, what)
            case TupleType(items=items):
                for position, item in enumerate(items):
                    self._machine(item, f"{what}[{position}]")
            case RealType() if function.role is Role.KERNEL:
                raise self.fail(function.place, f"{what}: rationals in executable code")

    def _sane(self, bounds: Range, what: str) -> None:
        if not all(type(bound) is int for bound in bounds) or bounds.low > bounds.high:
            raise self.fail(
                self.function.place, f"{what}: a range needs two integers, the lower one first"
            )
        if max(abs(bounds.low), abs(bounds.high)).bit_length() > MAX_BITS:
            raise self.fail(self.function.place, f"{what}: a range of more than {MAX_BITS} bits")

    def _contract(self, clause: Clause, *, olds: dict[str, Type], result: Type | None) -> None:
        types: dict[str, Type | None] = {p.name: p.type for p in self.function.parameters}
        if result is not None:
            types["result"] = result
        self._condition(clause.condition, types, set(types), olds=olds)

    def _value(self, value: Expr) -> None:
        function = self.function
        kind = self._specification(value, dict(self.types), set(self.ready), recursion=True)
        if not fits(kind, function.result):
            raise self.fail(value.place, f"{function.id.name} gives {kind}, not {function.result}")
        well_founded(function)

    # ---------------------------------------------------------------- expressions

    def _specification(
        self,
        expr: Expr,
        types: dict[str, Type | None],
        ready: set[str],
        *,
        olds: dict[str, Type] | None = None,
        recursion: bool = False,
    ) -> Type:
        checker = ExpressionChecker(
            self.program,
            self.function,
            types,
            ready,
            olds=olds or {},
            executable=False,
            recursion=recursion,
            declare=self.name,
        )
        return checker.check(expr)

    def _condition(
        self,
        expr: Expr,
        types: dict[str, Type | None] | None = None,
        ready: set[str] | None = None,
        *,
        olds: dict[str, Type] | None = None,
    ) -> None:
        """A condition of the specification, by default at this place of the body."""
        kind = self._specification(
            expr,
            self.types if types is None else types,
            self.ready if ready is None else ready,
            olds=olds,
        )
        if not isinstance(kind, BoolType):
            raise self.fail(expr.place, "a condition must be a comparison or a Boolean")

    def code(self, expr: Expr, *, whole: bool = False) -> Type:
        """An executable expression; `whole`: it is all that a statement evaluates."""
        checker = ExpressionChecker(
            self.program,
            self.function,
            self.types,
            self.ready,
            executable=True,
            declare=self.name,
            writing=expr if whole and isinstance(expr, Call) else None,
        )
        return checker.check(expr)

    def _integer(self, expr: Expr) -> None:
        kind = self.code(expr)
        if not isinstance(kind, IntType):
            raise self.fail(expr.place, f"`{expr.place.text}` is not an integer")

    # ---------------------------------------------------------------- statements

    def block(self, statements: tuple[Statement, ...]) -> bool:
        """Check statements; whether control can fall through them."""
        for number, statement in enumerate(statements):
            if not self.statement(statement):
                if number + 1 < len(statements):
                    place = statements[number + 1].place
                    raise self.fail(place, "a statement that nothing reaches")
                return False
        return True

    def statement(self, statement: Statement) -> bool:
        match statement:
            case Assign(target=target, value=value):
                self._bind(target, self.code(value, whole=True), value, statement.place)
            case Unpack():
                self._unpack(statement)
            case Store():
                self._store(statement)
            case Use():
                self._use(statement)
            case Assert(condition=condition):
                self._condition(condition)
            case If(test=test, then=then, otherwise=otherwise):
                self._test(test)
                before = set(self.ready)
                falls = self.block(then)
                after_then, self.ready = self.ready, before
                if not self.block(otherwise):
                    self.ready = after_then
                    return falls
                if falls:
                    self.ready &= after_then
            case For():
                self._for(statement)
            case While(test=test, invariants=invariants, variant=variant, body=body):
                self._test(test)
                self._invariants(invariants)
                kind = self._specification(variant, self.types, self.ready)
                if not isinstance(kind, IntType):
                    raise self.fail(variant.place, f"variant `{variant.place.text}` is no integer")
                with self.inside():
                    self.block(body)
            case Return(value=value):
                self._return(value)
                return False
        return True

    @contextmanager
    def inside(self) -> Iterator[None]:
        """A loop body: what it assigns may not be there afterwards, since it may not run."""
        before = set(self.ready)
        yield
        self.ready = before

    def _test(self, test: Expr) -> None:
        if not isinstance(self.code(test), BoolType):
            raise self.fail(test.place, "a condition must be a comparison or a Boolean")

    def _invariants(self, invariants: tuple[Clause, ...]) -> None:
        for clause in invariants:
            self._condition(clause.condition)

    def _for(self, loop: For) -> None:
        self._integer(loop.low)
        self._integer(loop.high)
        self.name(loop.variable, loop.place)
        if not isinstance(loop.type, IntType):
            raise self.fail(loop.place, f"loop variable `{loop.variable}` is {loop.type}")
        self._machine(loop.type, f"loop variable `{loop.variable}`")
        with self.inside():
            self.types[loop.variable] = loop.type
            self.ready.add(loop.variable)
            self._invariants(loop.invariants)
            self.block(loop.body)
            del self.types[loop.variable]

    def _bind(self, target: str, kind: Type, value: Expr, place: Place) -> None:
        """`target` gets a value of that type."""
        self._target(target, place)
        wanted = self.locals[target]
        if not same_shape(kind, wanted):
            raise self.fail(value.place, f"`{target}` is {wanted}, not {kind}")
        if holds_array(wanted) and not fresh(value):
            raise self.fail(value.place, f"`{target}` would alias `{value.place.text}`")
        self.ready.add(target)

    def _target(self, target: str, place: Place) -> None:
        if target in self.locals:
            return
        if any(p.name == target for p in self.function.parameters):
            raise self.fail(place, f"parameter `{target}` is mutated: copy it into a new list")
        if target in self.types:
            raise self.fail(place, f"loop variable `{target}` is assigned")
        raise self.fail(place, f"`{target}` is no local variable")

    def _unpack(self, statement: Unpack) -> None:
        kind = self.code(statement.value, whole=True)
        if not isinstance(kind, TupleType) or len(kind.items) != len(statement.targets):
            raise self.fail(
                statement.place,
                f"tuple assignment needs a tuple of {len(statement.targets)}, not {kind}",
            )
        value = statement.value
        parts = value.items if isinstance(value, TupleOf) else (value,) * len(kind.items)
        for target, item, part in zip(statement.targets, kind.items, parts, strict=True):
            self._bind(target, item, part, statement.place)

    def _store(self, store: Store) -> None:
        place = store.place
        kind = self.locals.get(store.array)
        if kind is None:
            parameter = next((p for p in self.function.parameters if p.name == store.array), None)
            if parameter is None or parameter.mode is not Mode.WRITTEN:
                self._target(store.array, place)
                raise self.fail(place, f"`{store.array}` is no list made here")
            kind = parameter.type
        if store.array not in self.ready:
            raise self.fail(
                place, f"`{store.array}` may be read before it is assigned, or after its loop"
            )
        wanted = {SequenceType: 1, MatrixType: 2}.get(type(kind))
        if wanted is None:
            raise self.fail(place, f"store into `{store.array}`, which is {kind}")
        if wanted != len(store.indices):
            raise self.fail(
                place, f"a store into {kind} takes {wanted} indices: rows are not replaced"
            )
        self._integer(store.value)
        for index in store.indices:
            self._integer(index)

    def _use(self, use: Use) -> None:
        lemma = self.program.functions.get(use.lemma)
        if lemma is None or lemma.role is not Role.LEMMA:
            raise self.fail(use.place, f"{use.lemma.name} is no lemma")
        checker = ExpressionChecker(
            self.program, self.function, self.types, self.ready, executable=False, declare=self.name
        )
        checker.arguments(lemma, use.arguments, use.place)

    def _return(self, value: Expr) -> None:
        function = self.function
        kind = self.code(value, whole=True)
        if not same_shape(kind, function.result):
            raise self.fail(value.place, f"result is {kind}, expected {function.result}")
        if function.role is Role.LEMMA and value != BoolLiteral(value=True):
            raise self.fail(value.place, "a lemma returns True")
        no_alias(value, function)

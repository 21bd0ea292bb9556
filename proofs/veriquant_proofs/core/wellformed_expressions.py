"""Well-formedness of expressions: scopes, shapes, and what may stand where (see `wellformed`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from veriquant_proofs.core.errors import WellFormedError
from veriquant_proofs.core.syntax import (
    Absolute,
    Binary,
    BoolLiteral,
    Call,
    Comparison,
    Conditional,
    Connective,
    Display,
    Element,
    Expr,
    Extreme,
    Filled,
    Function,
    IntLiteral,
    Length,
    LogicCall,
    Mode,
    Negate,
    Not,
    Old,
    Operator,
    Place,
    Program,
    Project,
    Quantified,
    RealLiteral,
    Relation,
    Role,
    ToReal,
    TupleOf,
    Variable,
)
from veriquant_proofs.core.traverse import nodes
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    RealType,
    Type,
    fits,
    holds_array,
    same_shape,
    within,
)
from veriquant_proofs.core.typing import CoreTypeError, static_type

#: Largest numbers of a program; Python shows integers of up to 4,300 digits.
MAX_BITS = 8192


@dataclass(slots=True)
class ExpressionChecker:
    """Checks expressions where `types` are in scope and `ready` have a value.

    `declare` takes the name of each quantified variable; `recursion`: this is the value of a
    specification function, which may apply itself; `writing`: the call that may write arguments.
    """

    program: Program
    function: Function
    types: dict[str, Type | None]
    ready: set[str]
    executable: bool
    declare: Callable[[str, Place], None]
    olds: dict[str, Type] = field(default_factory=dict)
    recursion: bool = False
    writing: Call | None = None

    def fail(self, place: Place, message: str) -> WellFormedError:
        return WellFormedError(place, self.function.file, message)

    def check(self, expr: Expr) -> Type:
        """The type of an expression in whose parts everything is in order."""
        self.parts(expr)
        return self.typed(expr)

    def typed(self, expr: Expr) -> Type:
        """Its type, where its operands go together."""
        try:
            return static_type(expr, word=self.function.word if self.executable else None)
        except CoreTypeError as error:
            raise self.fail(error.expr.place, str(error)) from error

    def parts(self, expr: Expr) -> None:
        """Check an expression and everything inside it."""
        match expr:
            case IntLiteral(value=value):
                self._literal(value, expr.place)
            case RealLiteral(value=fraction):
                self._rational(expr.place)
                self._size(max(abs(fraction.numerator), fraction.denominator), expr.place)
            case BoolLiteral():
                pass
            case Variable():
                self._variable(expr)
            case Old(name=name, type=kind):
                if self.olds.get(name) != kind:
                    raise self.fail(
                        expr.place, f"`OLD.{name}`: only of written parameters, in postconditions"
                    )
            case Binary(operator=operator, left=left, right=right):
                if operator is Operator.TRUE_DIV:
                    self._rational(expr.place)
                self.each(left, right)
            case Negate(operand=operand) | Absolute(operand=operand):
                self.each(operand)
            case ToReal(operand=operand):
                self._rational(expr.place)
                self.each(operand)
            case Extreme(operands=operands):
                self._count(expr.place, len(operands), 2)
                self.each(*operands)
                for operand in operands:
                    if not isinstance(self.typed(operand), IntType | RealType):
                        raise self.fail(operand.place, f"`{operand.place.text}` is not a number")
            case Comparison():
                self._comparison(expr)
            case Connective(operands=operands):
                self._count(expr.place, len(operands), 2)
                self.each(*operands)
            case Not(operand=operand):
                self.each(operand)
            case Conditional(test=test, yes=yes, no=no):
                self.each(test, yes, no)
            case TupleOf(items=items):
                self.each(*items)
            case Project(tuple=whole):
                self.each(whole)
            case Length(array=array):
                self.each(array)
            case Element(array=array, index=index):
                self.each(array, index)
            case Display() | Filled():
                self._made(expr)
            case Call():
                self._call(expr)
            case LogicCall():
                self._logic(expr)
            case Quantified():
                self._quantified(expr)
        self.typed(expr)

    def each(self, *operands: Expr) -> None:
        for operand in operands:
            self.parts(operand)

    # ---------------------------------------------------------------- one construct each

    def _count(self, place: Place, found: int, least: int) -> None:
        if found < least:
            raise self.fail(place, f"`{place.text}` needs {least} operands")

    def _size(self, value: int, place: Place) -> None:
        if value.bit_length() > MAX_BITS:
            raise self.fail(place, f"a number of more than {MAX_BITS} bits")

    def _literal(self, value: int, place: Place) -> None:
        self._size(value, place)
        word = self.function.word
        if self.executable and word is not None and value not in word:
            raise self.fail(place, f"{value} is no number of the machine word {word}")

    def _rational(self, place: Place) -> None:
        if self.executable and self.function.role is Role.KERNEL:
            raise self.fail(place, f"`{place.text}`: rationals in executable code")

    def _variable(self, expr: Variable) -> None:
        name, place = expr.name, expr.place
        if name not in self.types or name not in self.ready:
            known = name in self.types or any(x.name == name for x in self.function.locals)
            raise self.fail(
                place,
                f"`{name}` may be read before it is assigned, or after its loop"
                if known
                else f"name `{name}`",
            )
        declared = self.types[name]
        if declared is None:  # a loop or quantified variable: it has the type of its first use
            if not isinstance(expr.type, IntType):
                raise self.fail(place, f"loop variable `{name}` is {expr.type}")
            self.types[name] = expr.type
        elif declared != expr.type:
            raise self.fail(place, f"`{name}` is {declared}, not {expr.type}")

    def _comparison(self, expr: Comparison) -> None:
        self._count(expr.place, len(expr.operands), 2)
        if len(expr.relations) != len(expr.operands) - 1:
            raise self.fail(expr.place, f"comparison `{expr.place.text}`")
        self.each(*expr.operands)
        equalities = all(r in (Relation.EQ, Relation.NE) for r in expr.relations)
        for operand in expr.operands:
            kind = self.typed(operand)
            if not isinstance(kind, IntType | RealType) and not (
                isinstance(kind, BoolType) and equalities
            ):
                raise self.fail(expr.place, f"comparison `{expr.place.text}` of {kind}")

    def _made(self, expr: Display | Filled) -> None:
        if not self.executable:
            raise self.fail(expr.place, f"a new list in a condition: `{expr.place.text}`")
        if not isinstance(expr.element, IntType):
            raise self.fail(expr.place, f"a list of {expr.element}")
        if not within(expr.element.range, self.function.word):
            raise self.fail(
                expr.place, f"a list of {expr.element} exceeds the word {self.function.word}"
            )
        if isinstance(expr, Filled) and not isinstance(expr.value, IntLiteral):
            raise self.fail(expr.place, "a new list is filled with a literal")
        if isinstance(expr, Display):
            integers = expr.items
        else:
            integers = (expr.value, expr.count, *(() if expr.width is None else (expr.width,)))
        self.each(*integers)
        for part in integers:
            if not isinstance(self.typed(part), IntType):
                raise self.fail(part.place, f"`{part.place.text}` is not an integer")

    def arguments(self, callee: Function, arguments: tuple[Expr, ...], place: Place) -> None:
        """Arguments that fit a function's parameters by their shapes."""
        if len(arguments) != len(callee.parameters):
            raise self.fail(place, f"call of {callee.id.name}: positional arguments, all of them")
        for parameter, argument in zip(callee.parameters, arguments, strict=True):
            self.parts(argument)
            kind = self.typed(argument)
            if not same_shape(kind, parameter.type):
                raise self.fail(
                    argument.place,
                    f"argument {parameter.name} of {callee.id.name} is {kind}, "
                    f"expected {parameter.type}",
                )

    def _callee(self, expr: Call | LogicCall, role: Role) -> Function:
        callee = self.program.functions.get(expr.function)
        if callee is None:
            raise self.fail(expr.place, f"{expr.function} is not among the functions that are read")
        if callee.role is not role:
            what = "used by `assert` alone" if callee.role is Role.LEMMA else f"no {role.value}"
            raise self.fail(expr.place, f"{callee.role.value} `{callee.id.name}` is {what}")
        if expr.result != callee.result:
            raise self.fail(expr.place, f"{callee.id.name} returns {callee.result}")
        self.arguments(callee, expr.arguments, expr.place)
        return callee

    def _call(self, expr: Call) -> None:
        may_write, self.writing = expr is self.writing, None
        callee = self._callee(expr, Role.KERNEL)
        if callee.id == self.function.id:
            raise self.fail(expr.place, f"{callee.id.name} leads back to itself: recursion")
        written = [
            argument
            for parameter, argument in zip(callee.parameters, expr.arguments, strict=True)
            if parameter.mode is Mode.WRITTEN
        ]
        if written and not (may_write and self.executable):
            raise self.fail(
                expr.place, f"{callee.id.name} writes its arguments: a statement of its own"
            )
        for argument in written:
            own = isinstance(argument, Variable) and self._writable(argument.name)
            if not own or not isinstance(argument, Variable):
                raise self.fail(
                    argument.place,
                    f"`{argument.place.text}` is written by {callee.id.name}: only a list made "
                    "here or a written parameter can be",
                )
            others = [a for a in expr.arguments if a is not argument]
            if any(_root(a) == argument.name for a in others):
                raise self.fail(
                    expr.place, f"`{argument.name}` is written and passed a second time"
                )

    def _writable(self, name: str) -> bool:
        return any(local.name == name for local in self.function.locals) or any(
            p.name == name and p.mode is Mode.WRITTEN for p in self.function.parameters
        )

    def _logic(self, expr: LogicCall) -> None:
        name = expr.function.name
        if self.executable:
            raise self.fail(expr.place, f"specification function `{name}` in executable code")
        self._callee(expr, Role.LOGIC)
        if expr.function == self.function.id and not self.recursion:
            raise self.fail(expr.place, f"{name} in its own contract")

    def _quantified(self, expr: Quantified) -> None:
        if self.executable:
            raise self.fail(expr.place, f"`{expr.quantor.value}` in executable code")
        self._count(expr.place, len(expr.binders), 1)
        limits: list[tuple[str, list[Type]]] = []
        for binder in expr.binders:
            self.each(binder.low, binder.high)
            for bound in (binder.low, binder.high):
                if not isinstance(self.typed(bound), IntType):
                    raise self.fail(bound.place, f"`{bound.place.text}` is not an integer")
            self.declare(binder.name, expr.place)
            limits.append((binder.name, [self.typed(b) for b in (binder.low, binder.high)]))
            self.types[binder.name] = None
            self.ready.add(binder.name)
        self.each(expr.body)
        for name, bounds in limits:
            self.ready.discard(name)
            kind = self.types.pop(name)
            if kind is not None and not all(fits(bound, kind) for bound in bounds):
                raise self.fail(expr.place, f"`{name}` may leave its type {kind}")


def _root(expr: Expr) -> str | None:
    """The variable whose array an argument is, or is a part of."""
    while isinstance(expr, Element | Project):
        expr = expr.array if isinstance(expr, Element) else expr.tuple
    if isinstance(expr, Variable) and holds_array(expr.type):
        return expr.name
    return None


def well_founded(function: Function) -> None:
    """`f(..., n - 1) ... if n > 0 else <no recursion>` on the last parameter, or no recursion.

    Raises WellFormedError.
    """
    assert function.value is not None
    calls = _own_calls(function.value, function)
    if not calls:
        return
    name = function.id.name
    if not function.parameters or not isinstance(function.parameters[-1].type, IntType):
        raise WellFormedError(
            function.place, function.file, f"{name}: recursion on anything but an integer"
        )
    variables = [Variable(name=p.name, type=p.type) for p in function.parameters]
    *others, last = variables
    test = Comparison(operands=(last, IntLiteral(value=0)), relations=(Relation.GT,))
    step = Binary(operator=Operator.SUB, left=last, right=IntLiteral(value=1))
    value = function.value
    if (
        not isinstance(value, Conditional)
        or value.test != test
        or _own_calls(value.no, function)
        or any(call.arguments != (*others, step) for call in calls)
    ):
        shown = ", ".join([*(v.name for v in others), f"{last.name} - 1"])
        raise WellFormedError(
            value.place,
            function.file,
            f"{name}: recursion must be `{name}({shown})`, if {last.name} > 0",
        )


def _own_calls(expr: Expr, function: Function) -> list[LogicCall]:
    """Applications of a function inside its own value."""
    return [n for n in nodes(expr) if isinstance(n, LogicCall) and n.function == function.id]

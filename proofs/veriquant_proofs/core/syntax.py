"""The core's expressions, statements, functions and programs.

**Names.** Within a function every name means one thing: parameters, locals, loop variables and
quantified variables are all different (the front end renames), and `result` stands for the result
in postconditions. `OLD` values of written parameters are `Old(name)`.

**Two modes.** Bodies are *executable*: every integer operation is checked against the function's
machine word. Contracts, invariants, variants and assertions are *specification*: arithmetic is that
of the integers, but indices, divisors, shifts and preconditions of calls are still checked, so that
a contract always has a meaning.

**Order.** Operands are evaluated from left to right. `Connective`, `Conditional` and `Comparison`
evaluate an operand only where those before it leave the outcome open; a check in it needs to hold
only there.

**Checks.** What is checked follows from the syntax by the rules in `checks`; `interpreter` raises
exactly where `obligations` writes a verification condition. No node says which checks it has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from pathlib import Path

from veriquant_proofs.core.types import Type
from veriquant_spec.types import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a construct stands in its file (line and column from 1), and its text on one line."""

    line: int
    column: int
    text: str = ""


NOWHERE = Place(line=1, column=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionId:
    """A function's module and name: what tells it from every other."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


# ------------------------------------------------------------------ expressions


class Operator(Enum):
    """Binary operations on integers (and `+ - * /` on rationals); Python's meaning."""

    ADD = "+"
    SUB = "-"
    MUL = "*"
    FLOOR_DIV = "//"
    MOD = "%"
    SHIFT_LEFT = "<<"
    SHIFT_RIGHT = ">>"
    BIT_AND = "&"
    BIT_OR = "|"
    BIT_XOR = "^"
    TRUE_DIV = "/"


class Relation(Enum):
    """Comparisons."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class Junction(Enum):
    """Short-circuit connectives."""

    AND = "and"
    OR = "or"


class Pick(Enum):
    """The least or greatest of several integers."""

    MIN = "min"
    MAX = "max"


class Quantor(Enum):
    """Quantifiers over integer ranges."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntLiteral(_Node):
    """An integer; the front end has folded operations on literals and constants of modules."""

    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RealLiteral(_Node):
    """A rational (specification)."""

    value: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class BoolLiteral(_Node):
    """True or False."""

    value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable(_Node):
    """A parameter, local, loop or quantified variable, or `result`; with its declared type."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Old(_Node):
    """What a written parameter held when the function was called (postconditions)."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(_Node):
    """`left operator right`, both integers or both rationals."""

    operator: Operator
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Negate(_Node):
    """`-operand`."""

    operand: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Absolute(_Node):
    """`abs(operand)`."""

    operand: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme(_Node):
    """`min(...)` or `max(...)` of two or more numbers."""

    pick: Pick
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToReal(_Node):
    """An integer as a rational: `Fraction(n)`, or where a rational meets an integer."""

    operand: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(_Node):
    """`a < b <= c`: each operand once, later ones only while the links before them hold."""

    operands: tuple[Expr, ...]
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connective(_Node):
    """`and` or `or` of two or more conditions."""

    junction: Junction
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(_Node):
    """`not operand`."""

    operand: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional(_Node):
    """`yes if test else no`; both of one shape: numbers or conditions."""

    test: Expr
    yes: Expr
    no: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class TupleOf(_Node):
    """A tuple."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project(_Node):
    """Item `index` (a literal) of a tuple."""

    tuple: Expr
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Length(_Node):
    """`len` of a sequence, or the number of rows of a matrix."""

    array: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Element(_Node):
    """`array[index]`: an integer of a sequence, or a row of a matrix."""

    array: Expr
    index: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Display(_Node):
    """`[a, b, c]`: a new sequence; `element` is the type of what it may hold."""

    items: tuple[Expr, ...]
    element: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled(_Node):
    """`[value] * count`, or `[[value] * width for _ in range(count)]` where `width` is given.

    A negative count or width gives an empty sequence, as in Python. `value` is a literal.
    """

    value: Expr
    count: Expr
    width: Expr | None = None
    element: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(_Node):
    """A call of a kernel, by its contract; lemmas are used by `Use` alone."""

    function: FunctionId
    arguments: tuple[Expr, ...]
    result: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class LogicCall(_Node):
    """An application of a specification function (specification alone)."""

    function: FunctionId
    arguments: tuple[Expr, ...]
    result: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Binder:
    """A quantified variable, `low <= name < high`; `name` differs from all others."""

    name: str
    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantified(_Node):
    """`all(body for ...)`, `any(body for ...)` (specification); later ranges see earlier names."""

    quantor: Quantor
    binders: tuple[Binder, ...]
    body: Expr


Expr = (
    IntLiteral
    | RealLiteral
    | BoolLiteral
    | Variable
    | Old
    | Binary
    | Negate
    | Absolute
    | Extreme
    | ToReal
    | Comparison
    | Connective
    | Not
    | Conditional
    | TupleOf
    | Project
    | Length
    | Element
    | Display
    | Filled
    | Call
    | LogicCall
    | Quantified
)

# ------------------------------------------------------------------ statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(_Node):
    """`target = value`. The target is declared in `Function.locals`."""

    target: str
    value: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpack(_Node):
    """`a, b = value`: the value is a tuple; all of it is evaluated before any target changes."""

    targets: tuple[str, ...]
    value: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(_Node):
    """`array[i] = value` or `array[i][j] = value`, on a local made here or a written parameter.

    The value is evaluated and fitted first, then the indices from left to right, as in Python.
    """

    array: str
    indices: tuple[Expr, ...]
    value: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Use(_Node):
    """`assert lemma(...)`: the lemma's hypotheses are checked, its statement holds afterwards.

    The arguments are specification, as those of every assertion.
    """

    lemma: FunctionId
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assert(_Node):
    """`assert condition` (specification)."""

    condition: Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class If(_Node):
    """`if test: ... else: ...`."""

    test: Expr
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause(_Node):
    """One condition of a contract or invariant, with the requirement ids it carries."""

    condition: Expr
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class For(_Node):
    """`for variable in range(low, high)`. The bounds are evaluated once.

    The variable is visible in the invariants and the body alone, and is not assigned there.
    Invariants hold at every loop head: before the first iteration with `variable = low`, and at the
    end with `variable = max(low, high)`. `type` is the variable's: the machine word in a kernel.
    """

    variable: str
    type: Type
    low: Expr
    high: Expr
    invariants: tuple[Clause, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class While(_Node):
    """`while test`, with a variant that is non-negative where the test holds, and decreases."""

    test: Expr
    invariants: tuple[Clause, ...]
    variant: Expr
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(_Node):
    """`return value`. Every path through a body ends in one."""

    value: Expr


Statement = Assign | Unpack | Store | Use | Assert | If | For | While | Return

# ------------------------------------------------------------------ functions


class Role(Enum):
    """What a function is to the verifier."""

    KERNEL = "kernel"
    LEMMA = "lemma"
    LOGIC = "logic"


class Theory(Enum):
    """How obligations speak of integers: as such, or as bit vectors wide enough never to wrap."""

    INT = "int"
    BIT_VECTOR = "bv"


class Mode(Enum):
    """Whether a parameter is only read, or also written in place."""

    READ = "read"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter, its type and mode."""

    name: str
    type: Type
    mode: Mode = Mode.READ


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A local variable of the body and the type of everything it may hold.

    A local of an array type holds an array that no other name reaches (`wellformed` sees to it).
    """

    name: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A kernel, lemma or specification function.

    `word`: the machine word of its arithmetic; None: unbounded (lemmas, specification). A kernel or
    lemma has a `body`, a specification function a `value`. `text` is its source, contract included.
    """

    id: FunctionId
    role: Role
    parameters: tuple[Parameter, ...]
    result: Type
    requires: tuple[Clause, ...] = ()
    ensures: tuple[Clause, ...] = ()
    locals: tuple[Local, ...] = ()
    body: tuple[Statement, ...] = ()
    value: Expr | None = None
    word: Range | None = None
    theory: Theory = Theory.INT
    requirements: tuple[str, ...] = ()
    theorem: str | None = None
    #: (line, kind of check as `Kind.value`, written reason) of checks that need no proof
    justifications: tuple[tuple[int, str, str], ...] = ()
    file: Path = field(default=Path(), compare=False)
    place: Place = field(default=NOWHERE, compare=False)
    text: str = field(default="", compare=False)

    @property
    def label(self) -> str:
        """Short name in reports: module without its package, then the function."""
        prefix = {Role.LEMMA: "lemma:", Role.LOGIC: "spec:", Role.KERNEL: ""}[self.role]
        return f"{prefix}{self.id.module.rpartition('.')[2]}.{self.id.name}"

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name. Raises KeyError."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Functions by their ids, callees before callers; none leads back to itself except that a
    specification function may recur on its last parameter (see `wellformed.check_program`)."""

    functions: dict[FunctionId, Function]

    def __getitem__(self, identity: FunctionId) -> Function:
        return self.functions[identity]

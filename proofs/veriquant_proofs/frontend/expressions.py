"""From Python's expressions to the core's."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from veriquant_proofs.core.syntax import (
    Absolute,
    Binary,
    Binder,
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
    IntLiteral,
    Junction,
    Length,
    LogicCall,
    Negate,
    Not,
    Operator,
    Pick,
    Place,
    Project,
    Quantified,
    Quantor,
    Relation,
    Role,
    ToReal,
    TupleOf,
    Variable,
)
from veriquant_proofs.core.types import (
    INT,
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
    is_array,
)
from veriquant_proofs.core.typing import CoreTypeError, static_type
from veriquant_proofs.frontend.constants import constant, folded
from veriquant_proofs.frontend.errors import VerificationSubsetError
from veriquant_proofs.frontend.headers import Header
from veriquant_proofs.frontend.modules import Builtin, FunctionText, Module, Value, Word
from veriquant_proofs.frontend.subset import advice
from veriquant_spec.types import Range

OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: Operator.ADD,
    ast.Sub: Operator.SUB,
    ast.Mult: Operator.MUL,
    ast.FloorDiv: Operator.FLOOR_DIV,
    ast.Mod: Operator.MOD,
    ast.LShift: Operator.SHIFT_LEFT,
    ast.RShift: Operator.SHIFT_RIGHT,
    ast.BitAnd: Operator.BIT_AND,
    ast.BitOr: Operator.BIT_OR,
    ast.BitXor: Operator.BIT_XOR,
    ast.Div: Operator.TRUE_DIV,
}

RELATIONS: dict[type[ast.cmpop], Relation] = {
    ast.Eq: Relation.EQ,
    ast.NotEq: Relation.NE,
    ast.Lt: Relation.LT,
    ast.LtE: Relation.LE,
    ast.Gt: Relation.GT,
    ast.GtE: Relation.GE,
}

#: Proved kernels that stand for built-in functions of one sequence.
SEQUENCE_KERNELS = {"sum": "sequence_sum", "min": "sequence_min", "max": "sequence_max"}


class Library(Protocol):
    """Finds the functions that a function calls, and remembers them."""

    def header(self, text: FunctionText) -> Header:
        """A marked function's header."""

    def sequence(self, name: str) -> FunctionText:
        """A proved kernel that stands for a built-in function."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a Python name stands for here: the core's name of it, and its type."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads expressions at one point of a function.

    `names`: variables in scope; `hidden`: names that are the function's own, so that no global of
    the module is meant by them; `unique` gives a quantified variable a name of its own.
    """

    module: Module
    names: Mapping[str, Named]
    hidden: frozenset[str]
    word: Range | None
    executable: bool
    unique: Callable[[str], str]
    library: Library
    bound: Mapping[str, Named] = field(default_factory=dict)

    # ---------------------------------------------------------------- helpers

    def error(self, node: ast.AST, construct: str) -> VerificationSubsetError:
        """The error for a construct outside the subset."""
        return self.module.error(node, construct)

    def place(self, node: ast.expr | ast.stmt) -> Place:
        """Where a construct stands."""
        text = " ".join(ast.unparse(node).split("\n")[0].split())
        return Place(line=node.lineno, column=node.col_offset + 1, text=text)

    def type(self, expr: Expr, node: ast.AST) -> Type:
        """The static type of an expression. Raises VerificationSubsetError."""
        try:
            return static_type(expr, word=self.word if self.executable else None)
        except CoreTypeError as error:
            raise self.error(node, str(error)) from error

    # ---------------------------------------------------------------- conditions

    def condition(self, node: ast.expr) -> Expr:
        """A truth value; an integer counts as one where Python asks whether it is zero."""
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(operand=self.condition(operand), place=self.place(node))
            case ast.BoolOp():
                return self._connective(node, self.condition)
        found = self.read(node)
        kind = self.type(found, node)
        if isinstance(kind, IntType):
            zero = IntLiteral(value=0, place=self.place(node))
            return Comparison(
                operands=(found, zero), relations=(Relation.NE,), place=self.place(node)
            )
        if is_array(kind):
            raise self.error(node, f"a list as a condition: write `len({ast.unparse(node)}) > 0`")
        if not isinstance(kind, BoolType):
            raise self.error(node, "a condition must be a comparison or a Boolean")
        return found

    def _connective(self, node: ast.BoolOp, operand: Callable[[ast.expr], Expr]) -> Expr:
        junction = Junction.AND if isinstance(node.op, ast.And) else Junction.OR
        operands = tuple(operand(value) for value in node.values)
        return Connective(junction=junction, operands=operands, place=self.place(node))

    # ---------------------------------------------------------------- values

    def read(self, node: ast.expr, hint: Type | None = None) -> Expr:
        """Any expression. `hint`: the declared type of what a new list becomes."""
        place = self.place(node)
        match node:
            case ast.Constant(value=bool() as truth):
                return BoolLiteral(value=truth, place=place)
            case ast.Constant(value=int() as number):
                return IntLiteral(value=number, place=place)
            case ast.Name():
                return self._name(node, place)
            case ast.BinOp(left=ast.List(), op=ast.Mult()):
                return self._repeated(node, hint, place)
            case ast.BinOp():
                return self._binary(node, place)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                found = self.read(operand)
                if isinstance(found, IntLiteral):
                    return IntLiteral(value=-found.value, place=place)
                return self._typed(Negate(operand=found, place=place), node)
            case ast.UnaryOp(op=ast.Not()):
                return self.condition(node)
            case ast.Compare():
                return self._compare(node, place)
            case ast.BoolOp():
                return self._connective(node, self._truth)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yes, no = self._alike(self.read(body), self.read(orelse), node)
                found = Conditional(test=self.condition(test), yes=yes, no=no, place=place)
                return self._typed(found, node)
            case ast.Subscript():
                return self._subscript(node, place)
            case ast.Call():
                return self._call(node, place)
            case ast.Tuple(elts=parts):
                hints = hint.items if isinstance(hint, TupleType) else ()
                items = [
                    self.read(p, hints[i] if i < len(hints) else None) for i, p in enumerate(parts)
                ]
                return TupleOf(items=tuple(items), place=place)
            case ast.List(elts=parts):
                items = [self.read(part) for part in parts]
                return Display(items=tuple(items), element=self._element(hint), place=place)
            case ast.ListComp():
                return self._matrix(node, hint, place)
        raise self.error(node, advice(node))

    def _typed(self, expr: Expr, node: ast.AST) -> Expr:
        self.type(expr, node)
        return expr

    def _truth(self, node: ast.expr) -> Expr:
        """An operand of `and` and `or` outside a condition: there they would return the operand."""
        found = self.read(node)
        if not isinstance(self.type(found, node), BoolType):
            raise self.error(node, "`and` and `or` of numbers outside a condition: write `!= 0`")
        return found

    def _alike(self, a: Expr, b: Expr, node: ast.AST) -> tuple[Expr, Expr]:
        """Where a rational meets an integer, both are rationals."""
        real = [isinstance(self.type(e, node), RealType) for e in (a, b)]
        if real[0] == real[1]:
            return a, b
        return (a, self._real(b)) if real[0] else (self._real(a), b)

    def _real(self, expr: Expr) -> Expr:
        return ToReal(operand=expr, place=expr.place)

    def _element(self, hint: Type | None) -> Type:
        """The type of a new list's elements: declared, else integers of the machine word."""
        if isinstance(hint, SequenceType | MatrixType):
            return hint.element
        return IntType(range=self.word)

    # ---------------------------------------------------------------- names

    def _name(self, node: ast.Name, place: Place) -> Expr:
        known = self.bound.get(node.id) or self.names.get(node.id)
        if known is not None:
            return Variable(name=known.name, type=known.type, place=place)
        if node.id in self.hidden:
            raise self.error(
                node, f"`{node.id}` may be read before it is assigned, or after its loop"
            )
        meaning = self.module.meaning(node.id, node)
        if isinstance(meaning, Value):
            return IntLiteral(value=constant(meaning.module, meaning.node), place=place)
        if meaning is None:
            raise self.error(node, f"name `{node.id}`")
        raise self.error(node, f"`{node.id}` is no number: functions are called at once")

    def _meaning(self, node: ast.expr) -> object:
        """What a called name means: a built-in, a word of the language or a function's text."""
        if not isinstance(node, ast.Name):
            raise self.error(node, f"call of `{ast.unparse(node)}`")
        if node.id in self.hidden or node.id in self.bound:
            raise self.error(node, f"call of the local variable `{node.id}`")
        return self.module.meaning(node.id, node)

    # ---------------------------------------------------------------- arithmetic

    def _binary(self, node: ast.BinOp, place: Place) -> Expr:
        left, right = self.read(node.left), self.read(node.right)
        known = isinstance(left, IntLiteral) and isinstance(right, IntLiteral)
        if known and not isinstance(node.op, ast.Div):
            assert isinstance(left, IntLiteral) and isinstance(right, IntLiteral)
            value = folded(self.module, node, left.value, right.value)
            return IntLiteral(value=value, place=place)
        operator = OPERATORS.get(type(node.op))
        if operator is None:
            raise self.error(node, advice(node))
        left, right = self._alike(left, right, node)
        return self._typed(Binary(operator=operator, left=left, right=right, place=place), node)

    def _compare(self, node: ast.Compare, place: Place) -> Expr:
        operands = [self.read(part) for part in (node.left, *node.comparators)]
        if any(isinstance(self.type(o, node), RealType) for o in operands):
            operands = [
                o if isinstance(self.type(o, node), RealType) else self._real(o) for o in operands
            ]
        relations: list[Relation] = []
        for op in node.ops:
            relation = RELATIONS.get(type(op))
            if relation is None:
                raise self.error(node, advice(op))
            relations.append(relation)
        found = Comparison(operands=tuple(operands), relations=tuple(relations), place=place)
        return self._typed(found, node)

    # ---------------------------------------------------------------- arrays

    def _subscript(self, node: ast.Subscript, place: Place) -> Expr:
        if isinstance(node.slice, ast.Slice):
            raise self.error(node, advice(node.slice))
        base = self.read(node.value)
        if isinstance(self.type(base, node), TupleType):
            index = node.slice
            if not isinstance(index, ast.Constant) or type(index.value) is not int:
                raise self.error(node, "a tuple is indexed by a literal")
            return self._typed(Project(tuple=base, index=index.value, place=place), node)
        return self._typed(Element(array=base, index=self.read(node.slice), place=place), node)

    def _repeated(self, node: ast.BinOp, hint: Type | None, place: Place) -> Expr:
        assert isinstance(node.left, ast.List)
        if len(node.left.elts) != 1:
            raise self.error(node, "a list of several elements repeated: write `[x] * n`")
        value = self.read(node.left.elts[0])
        count = self.read(node.right)
        return Filled(value=value, count=count, element=self._element(hint), place=place)

    def _matrix(self, node: ast.ListComp, hint: Type | None, place: Place) -> Expr:
        """`[[x] * n for _ in range(m)]`: a new matrix of m rows."""
        match node:
            case ast.ListComp(
                elt=ast.BinOp(left=ast.List(elts=[value]), op=ast.Mult(), right=width),
                generators=[
                    ast.comprehension(
                        target=ast.Name(id=target), iter=ast.Call(args=[rows]) as counter, ifs=[]
                    )
                ],
            ) if self.is_range(counter) and target not in _names(value) | _names(width):
                return Filled(
                    value=self.read(value),
                    count=self.read(rows),
                    width=self.read(width),
                    element=self._element(hint),
                    place=place,
                )
        raise self.error(node, advice(node))

    # ---------------------------------------------------------------- calls

    def is_range(self, node: ast.expr) -> bool:
        """Whether an expression is `range(stop)` or `range(start, stop)`."""
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id not in self.hidden | self.bound.keys()
            and self.module.meaning(node.func.id, node) == Builtin("range")
            and 1 <= len(node.args) <= 2
            and not node.keywords
            and not any(isinstance(a, ast.Starred) for a in node.args)
        )

    def _call(self, node: ast.Call, place: Place) -> Expr:
        meaning = self._meaning(node.func)
        name = ast.unparse(node.func)
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            raise self.error(node, f"call of `{name}`: positional arguments, all of them")
        if meaning in (Builtin("all"), Builtin("any")):
            return self._quantified(node, name, place)
        if meaning is Word.FRACTION and len(node.args) == 1:
            found = self.read(node.args[0])
            real = isinstance(self.type(found, node), RealType)
            return found if real else self._typed(ToReal(operand=found, place=place), node)
        if isinstance(meaning, Builtin):
            return self._builtin(node, meaning.name, place)
        if isinstance(meaning, FunctionText):
            return self.function(meaning, node, place)
        raise self.error(node, f"call of `{name}`, which is not a marked function")

    def _builtin(self, node: ast.Call, name: str, place: Place) -> Expr:
        arguments = [self.read(a) for a in node.args]
        kinds = [self.type(a, node) for a in arguments]
        if name == "len" and len(arguments) == 1 and is_array(kinds[0]):
            return Length(array=arguments[0], place=place)
        if name == "abs" and len(arguments) == 1:
            return self._typed(Absolute(operand=arguments[0], place=place), node)
        if name in ("min", "max") and len(arguments) > 1:
            return self._typed(
                Extreme(pick=Pick(name), operands=tuple(arguments), place=place), node
            )
        whole = len(kinds) == 1 and isinstance(kinds[0], SequenceType)
        if name in SEQUENCE_KERNELS and whole:
            return self.function(self.library.sequence(SEQUENCE_KERNELS[name]), node, place)
        raise self.error(node, f"call `{ast.unparse(node)}`: {advice(node)}")

    def function(self, text: FunctionText, node: ast.Call, place: Place) -> Expr:
        """A call of a marked function."""
        callee = self.library.header(text)
        name = callee.id.name
        if len(node.args) != len(callee.parameters):
            raise self.error(node, f"call of {name}: positional arguments, all of them")
        if callee.role is Role.LEMMA:
            raise self.error(node, f"lemma `{name}` is used by `assert {name}(...)` alone")
        if callee.role is Role.LOGIC and self.executable:
            raise self.error(node, f"specification function `{name}` in executable code")
        pairs = zip(node.args, callee.parameters, strict=True)
        arguments = tuple(self._argument(a, p.type) for a, p in pairs)
        kind = LogicCall if callee.role is Role.LOGIC else Call
        return kind(function=callee.id, arguments=arguments, result=callee.result, place=place)

    def _argument(self, node: ast.expr, kind: Type) -> Expr:
        found = self.read(node, kind)
        if isinstance(kind, RealType) and not isinstance(self.type(found, node), RealType):
            raise self.error(
                node,
                f"an integer where a rational is expected: write Fraction({ast.unparse(node)})",
            )
        return found

    # ---------------------------------------------------------------- quantifiers

    def _quantified(self, node: ast.Call, name: str, place: Place) -> Expr:
        if self.executable:
            raise self.error(node, f"`{name}` in executable code: write a loop")
        if len(node.args) != 1 or not isinstance(node.args[0], ast.GeneratorExp):
            raise self.error(node, f"`{name}` of anything but a generator over ranges")
        generator = node.args[0]
        binders: list[Binder] = []
        bound = dict(self.bound)
        for part in generator.generators:
            inner = self.with_bound(bound)
            simple = isinstance(part.target, ast.Name) and not part.ifs and not part.is_async
            if not simple or not inner.is_range(part.iter):
                raise self.error(
                    part.iter, "a quantifier ranges over range(stop) or range(start, stop)"
                )
            assert isinstance(part.iter, ast.Call) and isinstance(part.target, ast.Name)
            low, high = inner.bounds(part.iter)
            unique = self.unique(part.target.id)
            binders.append(Binder(name=unique, low=low, high=high))
            bound[part.target.id] = Named(unique, INT)
        body = self.with_bound(bound).condition(generator.elt)
        return Quantified(quantor=Quantor(name), binders=tuple(binders), body=body, place=place)

    def with_bound(self, bound: Mapping[str, Named]) -> Reader:
        """The same reader inside a quantifier."""
        return Reader(
            self.module,
            self.names,
            self.hidden,
            self.word,
            self.executable,
            self.unique,
            self.library,
            dict(bound),
        )

    def bounds(self, node: ast.Call) -> tuple[Expr, Expr]:
        """The bounds of a range."""
        found = [self.read(argument) for argument in node.args]
        for expr, argument in zip(found, node.args, strict=True):
            if not isinstance(self.type(expr, argument), IntType):
                raise self.error(argument, f"`{ast.unparse(argument)}` is not an integer")
        low = found[0] if len(found) == 2 else IntLiteral(value=0, place=_zero_place(node))
        return low, found[-1]


def _zero_place(node: ast.Call) -> Place:
    return Place(line=node.lineno, column=node.col_offset + 1, text="0")


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}

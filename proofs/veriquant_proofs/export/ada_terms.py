"""Expressions of the core in Ada. Every operand of an operator stands in parentheses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from veriquant_proofs.core.syntax import (
    Absolute,
    Binary,
    Binder,
    BoolLiteral,
    Call,
    Comparison,
    Conditional,
    Connective,
    Element,
    Expr,
    Extreme,
    FunctionId,
    IntLiteral,
    Junction,
    Length,
    LogicCall,
    Negate,
    Not,
    Old,
    Operator,
    Pick,
    Program,
    Project,
    Quantified,
    Quantor,
    Relation,
    Variable,
)
from veriquant_proofs.core.types import (
    IntType,
    MatrixType,
    SequenceType,
    TupleType,
    Type,
    is_array,
)
from veriquant_proofs.export.ada_types import TYPES, Base, Library, base_of
from veriquant_proofs.export.names import NotExportableError, Scope, ada_name, number
from veriquant_spec.types import INT64

RELATIONS = {
    Relation.EQ: "=",
    Relation.NE: "/=",
    Relation.LT: "<",
    Relation.LE: "<=",
    Relation.GT: ">",
    Relation.GE: ">=",
}
ARITHMETIC = {Operator.ADD: "+", Operator.SUB: "-", Operator.MUL: "*", Operator.MOD: "mod"}
BITWISE = {Operator.BIT_AND: "And", Operator.BIT_OR: "Or", Operator.BIT_XOR: "Xor"}


@dataclass(frozen=True, slots=True)
class Bound:
    """What a name of the core is in Ada; a tuple is its parts."""

    text: str
    type: Type
    base: Base
    parts: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A printed expression: its kind of integers (None: a condition, or a literal of any kind),
    whether it can stand beside an operator, and a literal's value."""

    text: str
    base: Base | None = None
    atomic: bool = True
    literal: int | None = None

    @property
    def wrapped(self) -> str:
        """As an operand."""
        return self.text if self.atomic else f"({self.text})"


#: Asks for a specification function over certain kinds of arguments; answers with its name.
Specify = Callable[[FunctionId, Base, tuple[Type, ...]], str]


@dataclass(slots=True)
class Terms:
    """Prints the expressions of one subprogram."""

    program: Program
    library: Library
    base: Base
    scope: Scope
    bound: dict[str, Bound]
    specify: Specify

    def condition(self, expr: Expr) -> str:
        """A clause, in parentheses."""
        text = self.term(expr).text
        return text if isinstance(expr, Quantified) else f"({text})"

    def integer(self, expr: Expr, base: Base) -> str:
        """A number of the wanted kind; a condition as it is."""
        return self._as(self.term(expr), base).text

    def term(self, expr: Expr) -> Text:
        """Any expression but arrays and tuples. Raises NotExportableError."""
        match expr:
            case IntLiteral(value=value):
                text = number(value)
                return Text(text, None, text.isdigit() or text.startswith("16#"), value)
            case BoolLiteral(value=value):
                return Text(str(value))
            case Variable() | Project() | Old():
                one = self.place(expr)
                base = one.base if isinstance(one.type, IntType) else None
                return Text(one.text, base)
            case Binary():
                return self._binary(expr)
            case Negate(operand=operand):
                inner = self._signed(operand)
                return Text(f"-{inner.wrapped}", inner.base, False)
            case Absolute(operand=operand):
                inner = self._signed(operand)
                return Text(f"abs ({inner.text})", inner.base)
            case Extreme():
                return self._extreme(expr)
            case Comparison():
                return self._comparison(expr)
            case Connective(junction=junction, operands=operands):
                word = " and then " if junction is Junction.AND else " or else "
                return Text(word.join(self.term(part).wrapped for part in operands), None, False)
            case Not(operand=operand):
                return Text(f"not {self.term(operand).wrapped}", None, False)
            case Conditional(test=test, yes=yes, no=no):
                a, b, base = self._alike(self.term(yes), self.term(no))
                return Text(f"(if {self.term(test).text} then {a.text} else {b.text})", base)
            case Length(array=array):
                return Text(self.length(array), Base.WORD)
            case Element():
                return self._element(expr)
            case Call(function=identity, arguments=arguments, result=result):
                return self._call(identity, arguments, result)
            case LogicCall():
                return self._logic(expr)
            case Quantified(quantor=quantor, binders=binders, body=body):
                return self._quantified(quantor, binders, body)
        raise NotExportableError(f"`{expr.place.text}` has no form in Ada")

    # ---------------------------------------------------------------- names and arrays

    def place(self, expr: Expr) -> Bound:
        """What a variable, an item of a tuple, or an array is."""
        match expr:
            case Variable(name=name):
                return self.bound[name]
            case Old(name=name):
                now = self.bound[name]
                return Bound(f"{now.text}'Old", now.type, now.base)
            case Project(tuple=of, index=index) if not isinstance(of, Call):
                return self.place(of).parts[index]
            case Element(array=matrix, index=index):
                whole = self.place(matrix)
                if isinstance(whole.type, MatrixType):
                    text = f"{TYPES}.Row ({whole.text}, {self.integer(index, Base.WORD)})"
                    return Bound(text, SequenceType(element=whole.type.element), whole.base)
        raise NotExportableError(f"`{expr.place.text}` has no name in Ada")

    def length(self, array: Expr) -> str:
        """`'Length` of an array; rows of a matrix all have the same."""
        if isinstance(array, Element):
            return f"{self.place(array.array).text}'Length (2)"
        one = self.place(array)
        return f"{one.text}'Length" + (" (1)" if isinstance(one.type, MatrixType) else "")

    def _element(self, expr: Element) -> Text:
        index = self.integer(expr.index, Base.WORD)
        if isinstance(expr.array, Element):
            whole, row = self.place(expr.array.array), self.integer(expr.array.index, Base.WORD)
            return Text(f"{whole.text} ({row}, {index})", whole.base)
        whole = self.place(expr.array)
        return Text(f"{whole.text} ({index})", whole.base)

    # ---------------------------------------------------------------- numbers

    def _as(self, one: Text, base: Base) -> Text:
        """A number of another kind; literals are of any."""
        if one.literal is not None:
            limits = base.bounds
            if limits is not None and one.literal not in limits:
                raise NotExportableError(f"the number {one.text} is no {base.value}")
            return one
        if one.base is None or one.base is base:
            return one
        match one.base, base:
            case Base.BIG, Base.WORD:
                return Text(f"{TYPES}.Words.From_Big_Integer ({one.text})", base)
            case Base.BIG, Base.BITS:
                return Text(f"{TYPES}.Bits.From_Big_Integer ({one.text})", base)
            case Base.WORD, Base.BIG:
                return Text(f"{TYPES}.Words.To_Big_Integer ({one.text})", base)
            case Base.BITS, Base.BIG:
                return Text(f"{TYPES}.Bits.To_Big_Integer ({one.text})", base)
        return Text(f"{base.value} ({one.text})", base)

    def _alike(self, a: Text, b: Text) -> tuple[Text, Text, Base | None]:
        """Two operands of one kind: the wider of theirs, for literals beyond it integers."""
        kinds = {a.base, b.base} - {None}
        if not kinds:
            if a.literal is None or b.literal is None:
                return a, b, None
            kinds = {self.base}
        base = next(kind for kind in (Base.BIG, Base.BITS, Base.WORD) if kind in kinds)
        for one in (a, b):
            if one.literal is not None and base.bounds and one.literal not in base.bounds:
                base = Base.BIG
        return self._as(a, base), self._as(b, base), base

    def _signed(self, operand: Expr) -> Text:
        inner = self.term(operand)
        if inner.base is Base.BITS:
            raise NotExportableError(f"`{operand.place.text}`: bit vectors have no sign")
        return inner

    def _binary(self, expr: Binary) -> Text:
        operator = expr.operator
        if operator in (Operator.SHIFT_LEFT, Operator.SHIFT_RIGHT):
            return self._shift(expr)
        left, right, base = self._alike(self.term(expr.left), self.term(expr.right))
        if operator in BITWISE:
            if base is Base.BITS:
                return Text(f"{left.wrapped} {operator.name[4:].lower()} {right.wrapped}", base,
                            False)  # fmt: skip
            if base is Base.WORD:
                inner = f"{left.text}, {right.text}"
                return Text(f"{TYPES}.Bit_{BITWISE[operator]} ({inner})", base)
        elif operator is Operator.FLOOR_DIV:
            if self.nonnegative(expr.left) and self.nonnegative(expr.right):
                return Text(f"{left.wrapped} / {right.wrapped}", base, False)
            return Text(f"{TYPES}.Floor_Div ({left.text}, {right.text})", base)
        elif operator in ARITHMETIC and (base is not Base.BITS or operator is Operator.MOD):
            return Text(f"{left.wrapped} {ARITHMETIC[operator]} {right.wrapped}", base, False)
        kind = "numbers" if base is None else base.value
        raise NotExportableError(f"`{expr.place.text}`: no `{operator.value}` on {kind} in Ada")

    def _shift(self, expr: Binary) -> Text:
        left = self.term(expr.left)
        if left.base is None:
            left = Text(left.text, self.base, left.atomic)
        amount = self.term(expr.right)
        right = self._as(amount, Base.WORD)
        count = right.text if right.literal is not None else f"Natural ({right.text})"
        to_left = expr.operator is Operator.SHIFT_LEFT
        if left.base is Base.BITS:
            return Text(f"Shift_{'Left' if to_left else 'Right'} ({left.text}, {count})", left.base)
        power = f"2 ** {count}"
        if to_left:
            return Text(f"{left.wrapped} * {power}", left.base, False)
        if self.nonnegative(expr.left):
            return Text(f"{left.wrapped} / {power}", left.base, False)
        return Text(f"{TYPES}.Floor_Div ({left.text}, {power})", left.base)

    def _extreme(self, expr: Extreme) -> Text:
        found = self.term(expr.operands[0])
        for operand in expr.operands[1:]:
            a, b, base = self._alike(found, self.term(operand))
            name = "Min" if expr.pick is Pick.MIN else "Max"
            prefix = "" if base is None or base is Base.BIG else f"{base.value}'"
            found = Text(f"{prefix}{name} ({a.text}, {b.text})", base)
        return found

    def _comparison(self, expr: Comparison) -> Text:
        links = []
        for i, relation in enumerate(expr.relations):
            a, b, _ = self._alike(self.term(expr.operands[i]), self.term(expr.operands[i + 1]))
            links.append(f"{a.wrapped} {RELATIONS[relation]} {b.wrapped}")
        text = links[0] if len(links) == 1 else " and then ".join(f"({link})" for link in links)
        return Text(text, None, False)

    def nonnegative(self, expr: Expr) -> bool:
        """Whether types and syntax alone say that a number is not negative."""
        match expr:
            case IntLiteral(value=value):
                return value >= 0
            case Length() | Absolute():
                return True
            case Binary(operator=Operator.BIT_AND, left=left, right=right):
                return self.nonnegative(left) or self.nonnegative(right)
            case Binary(operator=Operator.MOD, right=right):
                return self.nonnegative(right)
            case Binary(operator=Operator.SHIFT_LEFT | Operator.SHIFT_RIGHT, left=left):
                return self.nonnegative(left)
            case Binary(operator=operator, left=left, right=right):
                signed = operator in (Operator.SUB, Operator.TRUE_DIV)
                return not signed and self.nonnegative(left) and self.nonnegative(right)
            case Element(array=array):
                inner = array.array if isinstance(array, Element) else array
                kind = self.place(inner).type
                assert isinstance(kind, SequenceType | MatrixType)
                return _from_zero(kind.element)
            case Variable() | Old():
                one = self.place(expr)
                return one.base is Base.BITS or _from_zero(one.type)
            case Project(tuple=Variable()):
                return _from_zero(self.place(expr).type)
            case Call(result=result):
                return _from_zero(result)
            case Extreme(operands=operands):
                return all(self.nonnegative(one) for one in operands)
            case Conditional(yes=yes, no=no):
                return self.nonnegative(yes) and self.nonnegative(no)
        return False

    # ---------------------------------------------------------------- calls and quantifiers

    def _call(self, identity: FunctionId, arguments: tuple[Expr, ...], result: Type) -> Text:
        if isinstance(result, TupleType) or is_array(result):
            raise NotExportableError(f"a call of {identity.name} inside an expression")
        base = base_of(self.program[identity])
        return Text(
            f"{ada_name(identity.name)} ({', '.join(self.arguments(identity, arguments))})",
            base if isinstance(result, IntType) else None,
        )

    def arguments(self, identity: FunctionId, arguments: tuple[Expr, ...]) -> list[str]:
        """Arguments of a kernel: Ada's arrays must be of the very type."""
        callee = self.program[identity]
        base = base_of(callee)
        found = []
        for parameter, argument in zip(callee.parameters, arguments, strict=True):
            if is_array(parameter.type):
                one = self.place(argument)
                if one.type != parameter.type or one.base is not base:
                    raise NotExportableError(
                        f"`{argument.place.text}` is of type {one.type}, {identity.name} takes "
                        f"{parameter.type}"
                    )
                found.append(one.text)
            else:
                found.append(self.integer(argument, base))
        return found

    def _logic(self, expr: LogicCall) -> Text:
        types: list[Type] = []
        texts = []
        callee = self.program[expr.function]
        for parameter, argument in zip(callee.parameters, expr.arguments, strict=True):
            if is_array(parameter.type):
                one = self.place(argument)
                if one.base is not self.base:
                    raise NotExportableError(f"`{argument.place.text}` in {expr.function.name}")
                types.append(one.type)
                texts.append(one.text)
            else:
                types.append(parameter.type)
                texts.append(self.integer(argument, self.base))
        name = self.specify(expr.function, self.base, tuple(types))
        base = self.base if isinstance(expr.result, IntType) else None
        return Text(f"{name} ({', '.join(texts)})", base)

    def _quantified(self, quantor: Quantor, binders: tuple[Binder, ...], body: Expr) -> Text:
        if not binders:
            return self.term(body)
        first = binders[0]
        domain = f"{self.integer(first.low, Base.WORD)} .. {self.before(first.high)}"
        plain = first.name.rstrip("0123456789").removesuffix("_") or first.name
        name = self.scope.fresh(plain)
        kind = NATURAL if self.nonnegative(first.low) else IntType(range=INT64)
        self.bound[first.name] = Bound(name, kind, Base.WORD)
        inner = self._quantified(quantor, binders[1:], body).text
        self.scope.release(name)
        word = "all" if quantor is Quantor.ALL else "some"
        return Text(f"(for {word} {name} in Long_Long_Integer range {domain} => {inner})")

    def before(self, high: Expr) -> str:
        """The last number below a bound."""
        match high:
            case IntLiteral(value=value):
                return str(value - 1)
            case Binary(operator=Operator.ADD, left=left, right=IntLiteral(value=1)):
                return self.integer(left, Base.WORD)
        return f"{self._as(self.term(high), Base.WORD).wrapped} - 1"


#: What variables of loops and quantifiers that start at zero or above are.
NATURAL = IntType(range=INT64._replace(low=0))


def _from_zero(kind: Type) -> bool:
    return isinstance(kind, IntType) and kind.range is not None and kind.range.low >= 0

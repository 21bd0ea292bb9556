"""Core expressions as WhyML: as terms, as what must hold for a term to mean anything, as programs.

Arithmetic is that of the integers. `&` of a literal is printed by the runs of ones of the literal;
`|` only where one operand lies below a power of two that divides the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from veriquant_proofs.core.checks import MAX_LENGTH, shift_limit
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
    FunctionId,
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
    RealLiteral,
    Relation,
    ToReal,
    TupleOf,
    Variable,
)
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
)
from veriquant_proofs.core.typing import type_of
from veriquant_spec.types import Range

TRUE = "true"

_RELATIONS = {
    Relation.EQ: "=",
    Relation.NE: "<>",
    Relation.LT: "<",
    Relation.LE: "<=",
    Relation.GT: ">",
    Relation.GE: ">=",
}
_ORDERED = (Relation.LT, Relation.LE, Relation.GT, Relation.GE)
_ARITHMETIC = {Operator.ADD: "+", Operator.SUB: "-", Operator.MUL: "*", Operator.TRUE_DIV: "/"}


class NotExportableError(Exception):
    """A construct that has no WhyML form here; the program is not proved by Why3."""

    def __init__(self, place: Place, reason: str) -> None:
        self.place = place
        super().__init__(f"line {place.line}: {reason}: {place.text}")


def number(value: int) -> str:
    """An integer literal."""
    return str(value) if value >= 0 else f"({value})"


def real(value: Fraction) -> str:
    """A rational literal."""

    def whole(n: int) -> str:
        return f"{n}.0" if n >= 0 else f"(-. {-n}.0)"

    if value.denominator == 1:
        return whole(value.numerator)
    return f"({whole(value.numerator)} /. {whole(value.denominator)})"


def type_name(kind: Type) -> str:
    """The WhyML type of a core type."""
    match kind:
        case IntType():
            return "int"
        case BoolType():
            return "bool"
        case RealType():
            return "real"
        case SequenceType():
            return "(seq int)"
        case MatrixType():
            return "(seq (seq int))"
        case TupleType(items=items):
            return f"({', '.join(type_name(item) for item in items)})"


def project(whole: str, index: int, count: int) -> str:
    """Item `index` of a tuple of `count` items."""
    pattern = ", ".join("item_" if i == index else "_" for i in range(count))
    return f"(let ({pattern}) = {whole} in item_)"


def type_fact(term: str, kind: Type) -> str:
    """What a declared type promises of a term."""

    def within(inner: str, bounds: Range) -> str:
        return f"{number(bounds.low)} <= {inner} <= {number(bounds.high)}"

    match kind:
        case IntType(range=bounds) if bounds is not None:
            return within(term, bounds)
        case SequenceType(element=element) if element.range is not None:
            return f"(forall k_. 0 <= k_ < length {term} -> {within(f'{term}[k_]', element.range)})"
        case MatrixType(element=element) if element.range is not None:
            return (
                f"(forall r_ c_. 0 <= r_ < length {term} -> 0 <= c_ < length {term}[r_] -> "
                f"{within(f'{term}[r_][c_]', element.range)})"
            )
        case TupleType(items=items):
            facts = [type_fact(project(term, i, len(items)), item) for i, item in enumerate(items)]
            return conjunction(facts)
    return TRUE


def ranged(text: str, kind: Type) -> str:
    """An executable integer, checked against the range of a type."""
    if not isinstance(kind, IntType) or kind.range is None:
        return text
    return f"(ranged {number(kind.range.low)} {number(kind.range.high)} {text})"


def conjunction(parts: list[str]) -> str:
    """All of the parts, without those that are plainly true."""
    kept = [part for part in parts if part != TRUE]
    return "(" + " /\\ ".join(kept) + ")" if kept else TRUE


def implication(test: str, then: str) -> str:
    """`test -> then`."""
    return TRUE if then == TRUE else f"({test} -> {then})"


def runs(mask: int) -> Iterator[tuple[int, int]]:
    """The runs of ones of a non-negative mask: lowest bit and width of each."""
    bit = 0
    while mask >> bit:
        if not mask >> bit & 1:
            bit += 1
            continue
        width = 1
        while mask >> bit + width & 1:
            width += 1
        yield bit, width
        bit += width


def divisor(expr: Expr) -> int:
    """A power of two that divides the expression by its form: 1 where none is seen."""
    match expr:
        case Binary(operator=Operator.SHIFT_LEFT, right=IntLiteral(value=amount)) if amount >= 0:
            return 1 << amount
        case IntLiteral(value=value) if value:
            return value & -value
    return 1


class Printer:
    """Expressions of one function; `name` gives the WhyML name of a function."""

    def __init__(self, name: Callable[[FunctionId], str], word: Range | None) -> None:
        self.name = name
        self.word = word
        #: what the result is called: a module has no parameter named `result`
        self.result = "result"

    # ---------------------------------------------------------------- terms

    def term(self, expr: Expr) -> str:
        """The value of a specification expression, as a term or formula."""
        return self._print(expr, program=False)

    def program(self, expr: Expr) -> str:
        """An executable expression: operations carry their checks as preconditions."""
        return self._print(expr, program=True)

    def _print(self, expr: Expr, *, program: bool) -> str:
        def show(part: Expr) -> str:
            return self._print(part, program=program)

        match expr:
            case IntLiteral(value=value):
                return number(value)
            case RealLiteral(value=fraction):
                return real(fraction)
            case BoolLiteral(value=truth):
                return (
                    ("True" if program else "true") if truth else ("False" if program else "false")
                )
            case Variable(name=name):
                return self.result if name == "result" else f"v_{name}"
            case Binary():
                return self._binary(expr, program=program)
            case Negate(operand=operand):
                minus = "-." if isinstance(type_of(operand), RealType) else "-"
                return self._fit(f"({minus} {show(operand)})", expr, program=program)
            case Absolute(operand=operand):
                module = "RealAbs." if isinstance(type_of(operand), RealType) else ""
                return self._fit(f"({module}abs {show(operand)})", expr, program=program)
            case Extreme(pick=pick, operands=operands):
                if isinstance(type_of(expr), RealType):
                    raise NotExportableError(expr.place, "min or max of rationals")
                chosen = "least" if pick is Pick.MIN else "greatest"
                found = show(operands[0])
                for operand in operands[1:]:
                    found = f"({chosen} {found} {show(operand)})"
                return found
            case ToReal(operand=operand):
                return f"(from_int {show(operand)})"
            case Comparison():
                return self._links(expr, show, program=program)
            case Connective(junction=junction, operands=operands):
                sign = "&&" if junction is Junction.AND else "||"
                if not program:
                    sign = "/\\" if junction is Junction.AND else "\\/"
                return "(" + f" {sign} ".join(show(o) for o in operands) + ")"
            case Not(operand=operand):
                return f"(not {show(operand)})"
            case Conditional(test=test, yes=yes, no=no):
                return f"(if {show(test)} then {show(yes)} else {show(no)})"
            case TupleOf(items=items):
                return "(" + ", ".join(show(item) for item in items) + ")"
            case Project(tuple=whole, index=index):
                kind = type_of(whole)
                assert isinstance(kind, TupleType)
                return project(show(whole), index, len(kind.items))
            case Length(array=array):
                return f"(length {show(array)})"
            case Element(array=array, index=at):
                if program:
                    return f"(at_index {show(array)} {show(at)})"
                return f"{show(array)}[{show(at)}]"
            case Display(items=items, element=element):
                made = f"({'new' if program else 'filled'} {len(items)} 0)"
                for i, item in enumerate(items):
                    made = (
                        f"(stored {made} {i} {ranged(show(item), element)})"
                        if program
                        else f"{made}[{i} <- {show(item)}]"
                    )
                return made
            case Filled(value=value, count=count, width=width, element=element):
                make = "new" if program else "filled"
                one = ranged(show(value), element) if program else show(value)
                inner = one if width is None else f"({make} {show(width)} {one})"
                return f"({make} {show(count)} {inner})"
            case (
                Call(function=function, arguments=arguments)
                | LogicCall(function=function, arguments=arguments)
            ):
                return f"({' '.join([self.name(function), *(show(a) for a in arguments)])})"
            case Quantified(quantor=quantor, binders=binders, body=body):
                inner = show(body)
                for binder in reversed(binders):
                    name = f"v_{binder.name}"
                    bounds = f"{show(binder.low)} <= {name} < {show(binder.high)}"
                    inner = (
                        f"(forall {name}: int. {bounds} -> {inner})"
                        if quantor is Quantor.ALL
                        else f"(exists {name}: int. {bounds} /\\ {inner})"
                    )
                return inner
        raise NotExportableError(expr.place, f"{type(expr).__name__} has no WhyML form")

    def _fit(self, text: str, expr: Expr, *, program: bool) -> str:
        if program and self.word is not None and not isinstance(type_of(expr), RealType):
            return f"(fit {text})"
        return text

    def _links(self, expr: Comparison, show: Callable[[Expr], str], *, program: bool) -> str:
        links = []
        for i, relation in enumerate(expr.relations):
            left, right = expr.operands[i], expr.operands[i + 1]
            kind = type_of(left)
            sign = _RELATIONS[relation]
            if isinstance(kind, RealType) and relation in _ORDERED:
                sign += "."
            elif isinstance(kind, BoolType):
                if program or relation not in (Relation.EQ, Relation.NE):
                    raise NotExportableError(expr.place, "comparison of truth values")
                same = f"({show(left)} <-> {show(right)})"
                links.append(same if relation is Relation.EQ else f"(not {same})")
                continue
            elif program and not isinstance(kind, IntType | RealType):
                raise NotExportableError(expr.place, "comparison of arrays or tuples")
            links.append(f"({show(left)} {sign} {show(right)})")
        joint = " && " if program else " /\\ "
        return links[0] if len(links) == 1 else "(" + joint.join(links) + ")"

    def _binary(self, expr: Binary, *, program: bool) -> str:
        left = self._print(expr.left, program=program)
        right = self._print(expr.right, program=program)
        if isinstance(type_of(expr.left), RealType):
            return f"({left} {_ARITHMETIC[expr.operator]}. {right})"
        literal = expr.right.value if isinstance(expr.right, IntLiteral) else None
        match expr.operator:
            case Operator.ADD | Operator.SUB | Operator.MUL:
                text = f"({left} {_ARITHMETIC[expr.operator]} {right})"
            case Operator.FLOOR_DIV | Operator.MOD:
                quotient = expr.operator is Operator.FLOOR_DIV
                if literal is not None and literal > 0:
                    call = "div" if quotient else "mod"
                    if program:
                        call = "divide_positive" if quotient else "modulo_positive"
                elif program:
                    call = "divide" if quotient else "modulo"
                else:
                    call = "floor_div" if quotient else "floor_mod"
                text = f"({call} {left} {right})"
            case Operator.SHIFT_LEFT | Operator.SHIFT_RIGHT:
                limit = shift_limit(self.word)
                if literal is not None and 0 <= literal <= limit:
                    power = str(1 << literal)
                elif program:
                    power = f"(power_of_two {right} {limit})"
                else:
                    power = f"(pow2 {right})"
                if expr.operator is Operator.SHIFT_LEFT:
                    text = f"({left} * {power})"
                else:
                    text = f"({'divide_positive' if program else 'div'} {left} {power})"
            case Operator.BIT_AND:
                text = self._mask(expr, left, right, program=program)
            case Operator.BIT_OR:
                width = max(divisor(expr.left), divisor(expr.right))
                if width == 1 or not program:
                    raise NotExportableError(expr.place, "`|` of operands that may overlap")
                low, high = (left, right) if divisor(expr.right) == width else (right, left)
                text = f"(joined {low} {high} {width})"
            case _:
                raise NotExportableError(expr.place, f"`{expr.operator.value}`")
        return self._fit(text, expr, program=program)

    def _mask(self, expr: Binary, left: str, right: str, *, program: bool) -> str:
        for mask, other in ((expr.right, left), (expr.left, right)):
            if isinstance(mask, IntLiteral) and mask.value >= 0:
                over, under = ("divide_positive", "modulo_positive") if program else ("div", "mod")
                parts = []
                for bit, width in runs(mask.value):
                    shifted = f"({over} {other} {1 << bit})" if bit else other
                    part = f"({under} {shifted} {1 << width})"
                    parts.append(f"({part} * {1 << bit})" if bit else part)
                return "(" + " + ".join(parts) + ")" if parts else f"(0 * {other})"
        raise NotExportableError(expr.place, "`&` without a literal mask")

    # ---------------------------------------------------------------- meaning

    def defined(self, expr: Expr) -> str:
        """What must hold for a specification expression to have a meaning."""
        match expr:
            case Connective(junction=junction, operands=operands):
                found = self.defined(operands[-1])
                for operand in reversed(operands[:-1]):
                    held = self.term(operand)
                    test = held if junction is Junction.AND else f"(not {held})"
                    found = conjunction([self.defined(operand), implication(test, found)])
                return found
            case Conditional(test=test, yes=yes, no=no):
                held = self.term(test)
                return conjunction(
                    [
                        self.defined(test),
                        implication(held, self.defined(yes)),
                        implication(f"(not {held})", self.defined(no)),
                    ]
                )
            case Quantified(binders=binders, body=body):
                found = self.defined(body)
                for binder in reversed(binders):
                    name = f"v_{binder.name}"
                    low, high = self.term(binder.low), self.term(binder.high)
                    if found != TRUE:
                        found = f"(forall {name}: int. {low} <= {name} < {high} -> {found})"
                    found = conjunction(
                        [self.defined(binder.low), self.defined(binder.high), found]
                    )
                return found
            case Comparison(operands=operands, relations=relations):
                found = self.defined(operands[-1])
                for i in range(len(relations) - 1, 0, -1):
                    link = Comparison(
                        operands=operands[i - 1 : i + 1], relations=(relations[i - 1],)
                    )
                    found = conjunction(
                        [self.defined(operands[i]), implication(self.term(link), found)]
                    )
                return conjunction([self.defined(operands[0]), found])
        parts = [self.defined(part) for part in operands_of(expr)]
        match expr:
            case Binary(operator=Operator.FLOOR_DIV | Operator.MOD, right=right):
                if not (isinstance(right, IntLiteral) and right.value):
                    parts.append(f"{self.term(right)} <> 0")
            case Binary(operator=Operator.TRUE_DIV, right=right):
                parts.append(f"{self.term(right)} <> 0.0")
            case Binary(operator=Operator.SHIFT_LEFT | Operator.SHIFT_RIGHT, right=right):
                parts.append(f"0 <= {self.term(right)} <= {shift_limit(self.word)}")
            case Element(array=array, index=at):
                parts.append(f"0 <= {self.term(at)} < length {self.term(array)}")
            case Filled(count=count, width=width):
                for size in (count, width):
                    if size is not None:
                        parts.append(f"(-{MAX_LENGTH}) <= {self.term(size)} <= {MAX_LENGTH}")
            case (
                Call(function=function, arguments=arguments)
                | LogicCall(function=function, arguments=arguments)
            ):
                parts.append(self.applies(function, [self.term(a) for a in arguments]))
        return conjunction(parts)

    def applies(self, function: FunctionId, arguments: list[str]) -> str:
        """That arguments are of a function's types and meet its preconditions."""
        return f"({' '.join([f'{self.name(function)}_pre', *arguments])})"


def operands_of(expr: Expr) -> list[Expr]:
    """The expressions directly inside an expression that binds nothing."""
    match expr:
        case Binary(left=left, right=right):
            return [left, right]
        case Negate(operand=operand) | Absolute(operand=operand):
            return [operand]
        case ToReal(operand=operand) | Not(operand=operand):
            return [operand]
        case Extreme(operands=operands):
            return list(operands)
        case TupleOf(items=items) | Display(items=items):
            return list(items)
        case Project(tuple=whole):
            return [whole]
        case Length(array=array):
            return [array]
        case Element(array=array, index=at):
            return [array, at]
        case Filled(value=value, count=count, width=width):
            return [value, count] + ([] if width is None else [width])
        case Call(arguments=arguments) | LogicCall(arguments=arguments):
            return list(arguments)
    return []

"""Executable code as WhyML: every operation goes through a function that checks it.

Nothing here says what must be proved: machine words, indices, divisors and ranges are preconditions
of the functions called, contracts and invariants are printed as they are, and Why3's own calculus
makes the conditions. `hints` are uses of the defining equations of recursive functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from veriquant_proofs.core.syntax import (
    Absolute,
    Assert,
    Assign,
    Binary,
    BoolLiteral,
    Call,
    Clause,
    Comparison,
    Conditional,
    Connective,
    Element,
    Expr,
    Extreme,
    Filled,
    For,
    Function,
    If,
    IntLiteral,
    Junction,
    Length,
    LogicCall,
    Negate,
    Not,
    Operator,
    Pick,
    Place,
    Program,
    Project,
    Quantified,
    Return,
    Role,
    Statement,
    Store,
    TupleOf,
    Unpack,
    Use,
    Variable,
    While,
)
from veriquant_proofs.core.traverse import assigned, nodes, rebound, recursive
from veriquant_proofs.core.types import (
    IntType,
    MatrixType,
    SequenceType,
    TupleType,
    Type,
    is_array,
)
from veriquant_proofs.core.typing import type_of
from veriquant_proofs.why3 import names
from veriquant_proofs.why3.terms import INTEGER, RELATIONS, NotExportableError, Terms, masked


@dataclass(slots=True)
class Lines:
    """Printed lines, and what stands on them: `marks` are kinds and places by line number."""

    texts: list[str] = field(default_factory=list)
    marks: dict[int, tuple[str, Place]] = field(default_factory=dict)
    depth: int = 0

    def add(self, text: str, mark: tuple[str, Place] | None = None) -> None:
        """One line."""
        self.texts.append("  " * self.depth + text)
        if mark is not None:
            self.marks[len(self.texts)] = mark


def clause(keyword: str, kind: str, formula: str) -> str:
    """A contract's or loop's condition with the name of its kind."""
    return f"{keyword} {{ [@expl:{kind}] {formula} }}"


@dataclass(slots=True)
class Code:
    """Prints one function's body."""

    program: Program
    function: Function
    out: Lines
    terms: Terms = field(default_factory=Terms)
    types: dict[str, Type] = field(default_factory=dict)
    _temporary: int = 0

    def body(self) -> None:
        """Locals, statements, and the end that no run reaches."""
        function = self.function
        self.types = {p.name: p.type for p in function.parameters}
        for local in function.locals:
            self.types[local.name] = local.type
            kind = names.type_name(local.type)
            promised = " /\\ ".join(names.in_type("result", local.type)) or "true"
            name = names.variable(local.name)
            self.out.add(f"let ref {name} = any {kind} ensures {{ {promised} }} in")
        self.block(function.body, last=True)

    # ---------------------------------------------------------------- statements

    def block(self, statements: tuple[Statement, ...], *, last: bool = False) -> None:
        """Statements in order; of a function's own (`last`), the last one is its value."""
        for statement in statements:
            self.statement(statement)
        if not statements:
            self.out.add("()")
        elif last:
            self.out.add("absurd")
        else:
            self.out.add("()")

    def statement(self, node: Statement) -> None:
        """One statement, ended by `;`."""
        where = node.place
        match node:
            case Assign(target=target, value=value):
                text = self.fitted(self.code(value), self.types[target])
                self.out.add(f"{names.variable(target)} <- {text};", ("assignment", where))
            case Unpack(targets=targets, value=value):
                self._unpack(targets, value, where)
            case Store():
                self._store(node)
            case Use(lemma=lemma, arguments=arguments):
                parts = " ".join(f"(pure {{ {self.terms.text(a)} }})" for a in arguments)
                self.out.add(f"ghost ({names.function(lemma)}_use {parts});", ("use", where))
            case Assert(condition=condition):
                self.hints([condition])
                text = clause("assert", "assertion", self.terms.text(condition))
                self.out.add(f"{text};", ("assertion", condition.place))
            case If(test=test, then=then, otherwise=otherwise):
                self.out.add(f"if {self.code(test)} then begin", ("test", test.place))
                self._inside(then)
                self.out.add("end else begin")
                self._inside(otherwise)
                self.out.add("end;")
            case For():
                self._for(node)
            case While():
                self._while(node)
            case Return(value=value):
                self._return(value, where)

    def _inside(self, statements: tuple[Statement, ...]) -> None:
        self.out.depth += 1
        self.block(statements)
        self.out.depth -= 1

    def _return(self, value: Expr, where: Place) -> None:
        function = self.function
        if function.role is Role.LEMMA:
            self.hints([c.condition for c in function.ensures])
            self.out.add("return ();", ("return", where))
            return
        text = self.fitted(self.code(value), function.result)
        self.out.add(f"let result_ = {text} in", ("return", where))
        found = self.terms.having({"result": "result_"})
        self.hints([c.condition for c in function.ensures], found)
        self.out.add("return result_;", ("return", where))

    def _unpack(self, targets: tuple[str, ...], value: Expr, where: Place) -> None:
        fresh = [self.temporary() for _ in targets]
        self.out.add(f"let ({', '.join(fresh)}) = {self.code(value)} in", ("assignment", where))
        for target, name in zip(targets, fresh, strict=True):
            text = self.fitted(name, self.types[target])
            self.out.add(f"{names.variable(target)} <- {text};", ("assignment", where))

    def _store(self, node: Store) -> None:
        kind = self.types[node.array]
        assert isinstance(kind, SequenceType | MatrixType)
        name, value = names.variable(node.array), self.temporary()
        text = self.fitted(self.code(node.value), kind.element)
        self.out.add(f"let {value} = {text} in", ("assignment", node.place))
        indices = [self.code(index) for index in node.indices]
        if isinstance(kind, SequenceType):
            stored = f"store {name} {indices[0]} {value}"
        else:
            row = f"(store (row {name} {indices[0]}) {indices[1]} {value})"
            stored = f"store_row {name} {indices[0]} {row}"
        self.out.add(f"{name} <- {stored};", ("store", node.place))

    # ---------------------------------------------------------------- loops

    def _for(self, node: For) -> None:
        low, high = self.temporary(), self.temporary()
        self.out.add(f"let {low} = {self.code(node.low)} in", ("loop", node.place))
        self.out.add(f"let {high} = {self.code(node.high)} in", ("loop", node.place))
        invariants = [c.condition for c in node.invariants]
        name = names.variable(node.variable)
        self.hints(invariants, self.terms.having({node.variable: low}))
        lengths = self._snapshots(node)
        self.out.add(f"for {name} = {low} to {high} - 1 do", ("loop", node.place))
        self.out.depth += 1
        self._kept(node, lengths)
        self._invariants(node.invariants)
        self.block(node.body)
        self.out.texts[-1] += ";"
        self.hints(invariants, self.terms.having({node.variable: f"({name} + 1)"}))
        self.out.add("()")
        self.out.depth -= 1
        self.out.add("done;")

    def _while(self, node: While) -> None:
        invariants = [c.condition for c in node.invariants]
        self.hints(invariants)
        lengths = self._snapshots(node)
        self.out.add(f"while {self.code(node.test)} do", ("loop", node.place))
        self.out.depth += 1
        self._kept(node, lengths)
        self._invariants(node.invariants)
        variant = self.terms.text(node.variant)
        self.out.add(f"variant {{ {variant} }}", ("loop variant", node.variant.place))
        self.block(node.body)
        self.out.texts[-1] += ";"
        self.hints(invariants)
        self.out.add("()")
        self.out.depth -= 1
        self.out.add("done;")

    def _invariants(self, invariants: tuple[Clause, ...]) -> None:
        for one in invariants:
            text = clause("invariant", "loop invariant", self.terms.text(one.condition))
            self.out.add(text, ("loop invariant", one.place))

    def _changed(self, node: For | While) -> list[str]:
        """Locals that the loop changes: Why3 forgets their types, which hold all the same."""
        own = {local.name for local in self.function.locals}
        return sorted(assigned(node.body) & own)

    def _snapshots(self, node: For | While) -> dict[str, str]:
        """What arrays are before a loop that stores into them and keeps their lengths."""
        found: dict[str, str] = {}
        for name in self._changed(node):
            if is_array(self.types[name]) and name not in rebound(node.body):
                found[name] = self.temporary()
                self.out.add(f"let {found[name]} = {names.variable(name)} in")
        return found

    def _kept(self, node: For | While, lengths: dict[str, str]) -> None:
        for name in self._changed(node):
            text, kind = names.variable(name), self.types[name]
            for formula in names.in_type(text, kind):
                self.out.add(clause("invariant", "type", formula))
            if name in lengths:
                before = lengths[name]
                same = f"length {text} = length {before}"
                if isinstance(kind, MatrixType):
                    rows = f"forall r_: int. 0 <= r_ < length {text}"
                    same += f" /\\ {rows} -> length {text}[r_] = length {before}[r_]"
                self.out.add(clause("invariant", "type", same))

    # ---------------------------------------------------------------- hints

    def hints(self, conditions: list[Expr], terms: Terms | None = None) -> None:
        """Uses of the defining equations of the recursive functions that conditions speak of."""
        printer = self.terms if terms is None else terms
        seen: dict[str, None] = {}
        for condition in conditions:
            for application in self._applications(condition, frozenset()):
                parts = [f"(pure {{ {printer.text(a)} }})" for a in application.arguments]
                name = names.function(application.function)
                seen[f"ghost ({name}_unfold {' '.join(parts)});"] = None
        for text in seen:
            self.out.add(text)

    def _applications(self, expr: Expr, bound: frozenset[str]) -> Iterator[LogicCall]:
        """Applications of recursive functions that mention no quantified variable."""
        if isinstance(expr, Quantified):
            return
        for part in nodes(expr):
            if isinstance(part, LogicCall) and recursive(self.program[part.function]):
                mentioned = {n.name for n in nodes(part) if isinstance(n, Variable)}
                binders = {
                    b.name for q in nodes(expr) if isinstance(q, Quantified) for b in q.binders
                }
                if not mentioned & binders:
                    yield part

    # ---------------------------------------------------------------- expressions

    def temporary(self) -> str:
        """A name of the printer's own."""
        self._temporary += 1
        return f"v{self._temporary}_"

    def fitted(self, text: str, kind: Type) -> str:
        """A value checked against the ranges of its type."""
        match kind:
            case IntType(range=bounds) if bounds is not None:
                low, high = names.number(bounds.low), names.number(bounds.high)
                return f"(in_range {low} {high} {text})"
            case TupleType(items=items):
                fresh = [self.temporary() for _ in items]
                parts = [self.fitted(n, t) for n, t in zip(fresh, items, strict=True)]
                return f"(let ({', '.join(fresh)}) = {text} in ({', '.join(parts)}))"
        return text

    def fit(self, text: str) -> str:
        """An operation's result checked against the machine word."""
        return text if self.function.word is None else f"(fit {text})"

    def code(self, expr: Expr) -> str:
        """An executable expression."""
        code = self.code
        match expr:
            case IntLiteral() | BoolLiteral() | Variable():
                return self.terms.text(expr)
            case Binary():
                return self.fit(self._binary(expr))
            case Negate(operand=operand):
                return self.fit(f"(- {code(operand)})")
            case Absolute(operand=operand):
                return self.fit(f"(abs_int {code(operand)})")
            case Extreme(pick=pick, operands=operands):
                found = code(operands[0])
                for operand in operands[1:]:
                    found = f"({'min' if pick is Pick.MIN else 'max'} {found} {code(operand)})"
                return found
            case Comparison(operands=operands, relations=relations):
                return self._compared(expr, operands, relations)
            case Connective(junction=junction, operands=operands):
                joint = " && " if junction is Junction.AND else " || "
                return f"({joint.join(code(o) for o in operands)})"
            case Not(operand=operand):
                return f"(not {code(operand)})"
            case Conditional(test=test, yes=yes, no=no):
                return f"(if {code(test)} then {code(yes)} else {code(no)})"
            case TupleOf(items=items):
                return f"({', '.join(code(item) for item in items)})"
            case Project(tuple=whole, index=index):
                kind = type_of(whole)
                assert isinstance(kind, TupleType)
                return names.item_of(code(whole), index, len(kind.items))
            case Length(array=array):
                return f"(length {code(array)})"
            case Element(array=array, index=index):
                name = "row" if isinstance(type_of(array), MatrixType) else "get"
                return f"({name} {code(array)} {code(index)})"
            case Filled(value=value, count=count, width=width):
                if width is None:
                    return f"(fill {code(count)} {code(value)})"
                return f"(fill_rows {code(count)} {code(width)} {code(value)})"
            case Call(function=function, arguments=arguments):
                parts = " ".join(code(a) for a in arguments)
                return f"({names.function(function)}_call {parts})"
        raise NotExportableError(f"{type(expr).__name__} in executable code")

    def _binary(self, expr: Binary) -> str:
        left, right = self.code(expr.left), self.code(expr.right)
        if expr.operator in INTEGER:
            return f"({left} {INTEGER[expr.operator]} {right})"
        literal = expr.right.value if isinstance(expr.right, IntLiteral) else None
        match expr.operator:
            case Operator.FLOOR_DIV | Operator.MOD:
                plain = literal is not None and literal > 0
                whole = expr.operator is Operator.FLOOR_DIV
                both = ("quotient", "remainder") if plain else ("floor_div", "floor_mod")
                name = both[0] if whole else both[1]
                return f"({name} {left} {right})"
            case Operator.SHIFT_LEFT | Operator.SHIFT_RIGHT if literal is None:
                name = "left" if expr.operator is Operator.SHIFT_LEFT else "right"
                return f"(shift_{name} {left} {right})"
            case Operator.SHIFT_LEFT:
                return f"({left} * {names.number(2 ** (literal or 0))})"
            case Operator.SHIFT_RIGHT:
                return f"(quotient {left} {names.number(2 ** (literal or 0))})"
            case Operator.BIT_AND if literal is not None and literal >= 0:
                value = self.temporary()
                text = masked(value, literal).replace("(div ", "(quotient ")
                return f"(let {value} = {left} in {text.replace('(mod ', '(remainder ')})"
            case Operator.BIT_OR:
                shift = expr.right
                shifted = isinstance(shift, Binary) and shift.operator is Operator.SHIFT_LEFT
                if shifted and isinstance(shift, Binary) and isinstance(shift.right, IntLiteral):
                    power = names.number(2**shift.right.value)
                    return f"(bit_or_disjoint {left} {right} {power})"
        raise NotExportableError(f"`{expr.operator.value}` of two variables")

    def _compared(
        self, expr: Expr, operands: tuple[Expr, ...], relations: tuple[object, ...]
    ) -> str:
        del expr
        if len(operands) == 2:
            relation = RELATIONS[relations[0]]  # type: ignore[index]
            return f"({self.code(operands[0])} {relation} {self.code(operands[1])})"
        first, second, *_ = operands
        name = self.temporary()
        rest = Comparison(
            operands=(Variable(name=name, type=type_of(second)), *operands[2:]),
            relations=relations[1:],  # type: ignore[arg-type]
        )
        self.terms = self.terms.having({name: name})
        relation = RELATIONS[relations[0]]  # type: ignore[index]
        link = f"({self.code(first)} {relation} {name})"
        return f"(let {name} = {self.code(second)} in ({link} && {self.code(rest)}))"

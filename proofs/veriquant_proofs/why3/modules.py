"""One WhyML module per function: what it uses, as contracts; then the function itself, to prove.

Callees are `val`s with their contracts, each proved in its own module. A specification function
that recurs is stated by its unfolding; that it terminates and is defined is proved in its module.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.syntax import (
    Assert,
    Assign,
    Clause,
    Expr,
    For,
    Function,
    FunctionId,
    If,
    LogicCall,
    Mode,
    Place,
    Program,
    Return,
    Role,
    Statement,
    Store,
    Unpack,
    Use,
    While,
)
from veriquant_proofs.core.traverse import assigned, callees, expressions, rebound, recursive
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
    is_array,
)
from veriquant_proofs.why3.expressions import (
    TRUE,
    NotExportableError,
    Printer,
    conjunction,
    implication,
    number,
    type_fact,
    type_name,
)
from veriquant_proofs.why3.prelude import PRELUDE


@dataclass(frozen=True, slots=True)
class Origin:
    """What a printed line states: a check's kind, the place in Python, and the clause if any."""

    kind: str
    line: int
    text: str
    #: number of the postcondition, from 0; None for other checks
    clause: int | None = None


@dataclass(slots=True)
class Module:
    """A printed module and what its lines stand for."""

    lines: list[str] = field(default_factory=list)
    origins: dict[int, Origin] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The module as one text."""
        return "\n".join(self.lines) + "\n"

    def add(self, text: str, origin: Origin | None = None) -> None:
        """One line; all that Why3 says of it is said of `origin`."""
        self.lines.append(text)
        if origin is not None:
            self.origins[len(self.lines)] = origin


def some_value(kind: Type) -> str:
    """A value of the type, for a local before its first assignment."""
    match kind:
        case IntType(range=bounds):
            return number(bounds.low) if bounds is not None else "0"
        case BoolType():
            return "False"
        case RealType():
            return "0.0"
        case SequenceType() | MatrixType():
            return "empty"
        case TupleType(items=items):
            return "(" + ", ".join(some_value(item) for item in items) + ")"


class ModulePrinter:
    """Prints the module that proves one function of a program."""

    def __init__(self, program: Program, function: Function) -> None:
        self.program = program
        self.function = function
        self.out = Module()
        self.names: dict[FunctionId, str] = {}
        self.printer = Printer(self.name, function.word)
        self.fresh = 0

    def name(self, identity: FunctionId) -> str:
        """The WhyML name of a function: unique within the module."""
        if identity not in self.names:
            self.names[identity] = f"f_{identity.name}_{len(self.names)}"
        return self.names[identity]

    def module(self) -> Module:
        """The whole module. Raises NotExportableError."""
        self.out.add("module Main")
        for line in PRELUDE.splitlines():
            self.out.add(line)
        if self.function.word is not None:
            low, high = number(self.function.word.low), number(self.function.word.high)
            self.out.add("  val fit (x: int) : int")
            self.out.add(f"    requires {{ [@expl:overflow check] {low} <= x <= {high} }}")
            self.out.add("    ensures { result = x }")
        for identity in self._needed():
            self._declare(self.program[identity])
        self._contract_is_defined()
        if self.function.role is Role.LOGIC:
            self._logic()
        else:
            self._body()
        self.out.add("end")
        return self.out

    def _needed(self) -> list[FunctionId]:
        found: dict[FunctionId, None] = {}

        def visit(identity: FunctionId) -> None:
            if identity in found or identity == self.function.id:
                return
            for callee in callees(self.program[identity]):
                if callee != identity:
                    visit(callee)
            found[identity] = None

        for callee in callees(self.function):
            visit(callee)
        return list(found)

    # ---------------------------------------------------------------- declarations

    def _parameters(self, function: Function) -> str:
        for parameter in function.parameters:
            if parameter.mode is Mode.WRITTEN:
                raise NotExportableError(function.place, f"written parameter {parameter.name}")
        return " ".join(f"(v_{p.name}: {type_name(p.type)})" for p in function.parameters)

    def _preconditions(self, function: Function) -> list[tuple[Origin, str]]:
        found = []
        for p in function.parameters:
            fact = type_fact(f"v_{p.name}", p.type)
            if fact != TRUE:
                found.append((Origin(Kind.RANGE, function.place.line, p.name), fact))
        for clause in function.requires:
            place = clause.condition.place
            origin = Origin(Kind.PRECONDITION, place.line, place.text)
            found.append((origin, Printer(self.name, function.word).term(clause.condition)))
        return found

    def _postconditions(self, function: Function) -> list[tuple[Origin, str]]:
        found = []
        fact = type_fact("result", function.result)
        if fact != TRUE:
            found.append((Origin(Kind.RANGE, function.place.line, "result"), fact))
        for i, clause in enumerate(function.ensures):
            place = clause.condition.place
            origin = Origin(Kind.POSTCONDITION, place.line, place.text, i)
            found.append((origin, Printer(self.name, function.word).term(clause.condition)))
        return found

    def _result(self, function: Function) -> str:
        return "unit" if function.role is Role.LEMMA else type_name(function.result)

    def _applicable(self, function: Function) -> None:
        """The predicate that arguments of a function satisfy."""
        facts = [text for _, text in self._preconditions(function)]
        name, parameters = self.name(function.id), self._parameters(function)
        self.out.add(f"  predicate {name}_pre {parameters} = {conjunction(facts)}")

    def _declare(self, function: Function) -> None:
        name, parameters = self.name(function.id), self._parameters(function)
        self._applicable(function)
        if function.role is Role.LOGIC:
            self._define(function)
            return
        symbol = "val function" if function.role is Role.KERNEL else "val"
        self.out.add(f"  {symbol} {name} {parameters} : {self._result(function)}")
        for origin, text in self._preconditions(function):
            self.out.add(f"    requires {{ [@expl:{origin.kind}] {text} }}")
        for _, text in self._postconditions(function):
            self.out.add(f"    ensures {{ {text} }}")

    def _define(self, function: Function) -> None:
        assert function.value is not None
        name, parameters = self.name(function.id), self._parameters(function)
        value = Printer(self.name, None).term(function.value)
        truth = isinstance(function.result, BoolType)
        head = f"predicate {name} {parameters}"
        if not truth:
            head = f"function {name} {parameters} : {type_name(function.result)}"
        if not recursive(function):
            self.out.add(f"  {head} = {value}")
            return
        arguments = " ".join(f"v_{p.name}" for p in function.parameters)
        call, sign = f"{name} {arguments}", "<->" if truth else "="
        self.out.add(f"  {head}")
        bound = ", ".join(f"v_{p.name}: {type_name(p.type)}" for p in function.parameters)
        self.out.add(f"  axiom {name}_def: forall {bound} [{call}]. {call} {sign} {value}")

    # ---------------------------------------------------------------- the function

    def _contract_is_defined(self) -> None:
        """Each clause has a meaning wherever those before it hold."""
        function = self.function
        self.out.add(f"  let contract {self._parameters(function)}")
        self.out.add(f"    (result_: {self._result(function)}) : unit")
        self.out.add("  =")
        for p in function.parameters:
            self.out.add(f"    assume {{ {type_fact(f'v_{p.name}', p.type)} }};")
        for clause in function.requires:
            self._meaning(clause.condition)
            self.out.add(f"    assume {{ {self.printer.term(clause.condition)} }};")
        self.printer.result = "result_"
        self.out.add(f"    assume {{ {type_fact('result_', function.result)} }};")
        for clause in function.ensures:
            self._meaning(clause.condition)
            self.out.add(f"    assume {{ {self.printer.term(clause.condition)} }};")
        self.printer.result = "result"
        self.out.add("    ()")

    def _meaning(self, expr: Expr, indent: str = "    ") -> None:
        found = self.printer.defined(expr)
        if found != TRUE:
            origin = Origin("defined", expr.place.line, expr.place.text)
            self.out.add(f"{indent}assert {{ [@expl:defined] {found} }};", origin)

    def _logic(self) -> None:
        function = self.function
        assert function.value is not None
        self._applicable(function)
        self._define(function)
        self.out.add(f"  let value_is_defined {self._parameters(function)} : unit =")
        self.out.add(
            f"    assume {{ {conjunction([t for _, t in self._preconditions(function)])} }};"
        )
        self._meaning(function.value)
        last = function.parameters[-1] if function.parameters else None
        for part in expressions(function.value):
            if isinstance(part, LogicCall) and part.function == function.id and last is not None:
                measure = self.printer.term(part.arguments[-1])
                fact = f"v_{last.name} > 0 -> 0 <= {measure} < v_{last.name}"
                origin = Origin(Kind.TERMINATION, part.place.line, part.place.text)
                self.out.add(f"    assert {{ [@expl:{Kind.TERMINATION}] {fact} }};", origin)
        self.out.add("    ()")

    def _body(self) -> None:
        function = self.function
        self.out.add(f"  let body {self._parameters(function)} : {self._result(function)}")
        for _, text in self._preconditions(function):
            self.out.add(f"    requires {{ {text} }}")
        for origin, text in self._postconditions(function):
            self.out.add(f"    ensures {{ [@expl:{origin.kind}] {text} }}", origin)
        self.out.add("  =")
        for local in function.locals:
            kind = type_name(local.type)
            self.out.add(f"    let ref v_{local.name} : {kind} = {some_value(local.type)} in")
        self._block(function.body, "    ")
        self.out.add("    absurd")

    def _type_of_local(self, name: str) -> Type:
        for local in self.function.locals:
            if local.name == name:
                return local.type
        return self.function.parameter(name).type

    def _checked(self, target: str, origin: Origin, indent: str) -> None:
        fact = type_fact(f"v_{target}", self._type_of_local(target))
        if fact != TRUE:
            self.out.add(f"{indent}assert {{ [@expl:{Kind.RANGE}] {fact} }};", origin)

    def _next(self) -> int:
        self.fresh += 1
        return self.fresh

    def _block(self, statements: tuple[Statement, ...], indent: str) -> None:
        for statement in statements:
            self._statement(statement, indent)

    def _at(self, kind: str, place: Place) -> Origin:
        return Origin(kind, place.line, place.text)

    def _statement(self, statement: Statement, indent: str) -> None:
        show = self.printer.program
        here = self._at("operation", statement.place)
        match statement:
            case Assign(target=target, value=value):
                self.out.add(f"{indent}v_{target} <- {show(value)};", here)
                self._checked(target, self._at(Kind.RANGE, statement.place), indent)
            case Unpack(targets=targets, value=value):
                n = self._next()
                items = ", ".join(f"t{n}_{i}" for i in range(len(targets)))
                self.out.add(f"{indent}let ({items}) = {show(value)} in", here)
                for i, target in enumerate(targets):
                    self.out.add(f"{indent}v_{target} <- t{n}_{i};")
                    self._checked(target, self._at(Kind.RANGE, statement.place), indent)
            case Store(array=array, indices=indices, value=value):
                self._store(array, indices, show(value), here, indent)
            case Assert(condition=condition):
                self._meaning(condition, indent)
                origin = self._at(Kind.ASSERTION, statement.place)
                text = self.printer.term(condition)
                self.out.add(f"{indent}assert {{ [@expl:{Kind.ASSERTION}] {text} }};", origin)
            case Use(lemma=lemma, arguments=arguments):
                for argument in arguments:
                    self._meaning(argument, indent)
                # the arguments are specification: ghost
                terms = " ".join(f"(ghost_value_{i})" for i in range(len(arguments)))
                for i, argument in enumerate(arguments):
                    kind = self.program[lemma].parameters[i].type
                    name, term = f"ghost_value_{i}", self.printer.term(argument)
                    chosen = f"any {type_name(kind)} ensures {{ result = {term} }}"
                    self.out.add(f"{indent}let {name} = ({chosen}) in", here)
                self.out.add(f"{indent}{self.name(lemma)} {terms};", here)
            case If(test=test, then=then, otherwise=otherwise):
                self.out.add(f"{indent}if {show(test)} then begin", here)
                self._block(then, indent + "  ")
                self.out.add(f"{indent}  () end else begin")
                self._block(otherwise, indent + "  ")
                self.out.add(f"{indent}  () end;")
            case For():
                self._for(statement, indent)
            case While():
                self._while(statement, indent)
            case Return(value=value):
                proof = self.function.role is Role.LEMMA
                self.out.add(f"{indent}return {'()' if proof else show(value)};", here)

    def _store(
        self, array: str, indices: tuple[Expr, ...], value: str, here: Origin, indent: str
    ) -> None:
        kind = self._type_of_local(array)
        if not isinstance(kind, SequenceType | MatrixType):
            raise NotExportableError(self.function.place, f"store into {array}")
        n = self._next()
        self.out.add(f"{indent}let t{n} = {value} in", here)
        fact = type_fact(f"t{n}", kind.element)
        if fact != TRUE:
            origin = Origin(Kind.RANGE, here.line, here.text)
            self.out.add(f"{indent}assert {{ [@expl:{Kind.RANGE}] {fact} }};", origin)
        for i, index in enumerate(indices):
            self.out.add(f"{indent}let i{n}_{i} = {self.printer.program(index)} in", here)
        changed = f"t{n}"
        if len(indices) == 2:
            changed = f"(stored (at_index v_{array} i{n}_0) i{n}_1 {changed})"
        self.out.add(f"{indent}v_{array} <- stored v_{array} i{n}_0 {changed};", here)

    # ---------------------------------------------------------------- loops

    def _kept(self, body: tuple[Statement, ...], indent: str) -> list[str]:
        """What types and the absence of whole assignments keep true of changed locals."""
        facts = []
        whole = rebound(body)
        for target in sorted(assigned(body)):
            kind = self._type_of_local(target)
            facts.append(type_fact(f"v_{target}", kind))
            if is_array(kind) and target not in whole:
                n = self._next()
                self.out.add(f"{indent}let before{n} = v_{target} in")
                facts.append(f"length v_{target} = length before{n}")
                if isinstance(kind, MatrixType):
                    same = f"length v_{target}[r_] = length before{n}[r_]"
                    facts.append(f"(forall r_. 0 <= r_ < length before{n} -> {same})")
        return [fact for fact in facts if fact != TRUE]

    def _invariants(self, clauses: tuple[Clause, ...], kept: list[str], indent: str) -> None:
        for fact in kept:
            self.out.add(f"{indent}invariant {{ [@expl:{Kind.RANGE}] {fact} }}")
        held: list[str] = []
        for clause in clauses:
            place = clause.condition.place
            meaning = self.printer.defined(clause.condition)
            if meaning != TRUE:
                text = implication(conjunction([*kept, *held]), meaning) if held else meaning
                origin = self._at("defined", place)
                self.out.add(f"{indent}invariant {{ [@expl:defined] {text} }}", origin)
            text = self.printer.term(clause.condition)
            held.append(text)
            self.out.add(f"{indent}invariant {{ {text} }}", self._at("loop invariant", place))

    def _for(self, loop: For, indent: str) -> None:
        here = self._at("operation", loop.place)
        n = self._next()
        for bound, expr in (("low", loop.low), ("high", loop.high)):
            self.out.add(f"{indent}let {bound}{n} = {self.printer.program(expr)} in", here)
            fact = type_fact(f"{bound}{n}", loop.type)
            if fact != TRUE:
                origin = self._at(Kind.RANGE, loop.place)
                self.out.add(f"{indent}assert {{ [@expl:{Kind.RANGE}] {fact} }};", origin)
        kept = self._kept(loop.body, indent)
        self.out.add(f"{indent}for v_{loop.variable} = low{n} to (greatest low{n} high{n}) - 1 do")
        self._invariants(loop.invariants, kept, indent + "  ")
        self._block(loop.body, indent + "  ")
        self.out.add(f"{indent}  () done;")

    def _while(self, loop: While, indent: str) -> None:
        kept = self._kept(loop.body, indent)
        self.out.add(
            f"{indent}while {self.printer.program(loop.test)} do", self._at("operation", loop.place)
        )
        self._invariants(loop.invariants, kept, indent + "  ")
        variant = self.printer.term(loop.variant)
        self.out.add(
            f"{indent}  variant {{ {variant} }}", self._at(Kind.VARIANT, loop.variant.place)
        )
        self._meaning(loop.variant, indent + "  ")
        fact = f"0 <= {variant}"
        self.out.add(
            f"{indent}  assert {{ [@expl:{Kind.VARIANT}] {fact} }};",
            self._at(Kind.VARIANT, loop.variant.place),
        )
        self._block(loop.body, indent + "  ")
        self.out.add(f"{indent}  () done;")


def print_module(program: Program, function: Function) -> Module:
    """The WhyML module that proves one function. Raises NotExportableError."""
    return ModulePrinter(program, function).module()

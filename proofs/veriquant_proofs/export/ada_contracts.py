"""Declarations with contracts, a package of them for each module.

Differences of the languages that the text must bridge:

- A scalar result is a function's; a list or tuple result becomes `out` parameters, whose lengths
  the caller fixes: postconditions about nothing but lengths become preconditions.
- Arrays start at index 0. A matrix is rectangular; a row of it is `Row (A, I)`.
- Machine words are `Long_Long_Integer`, wider ones `Big_Integer`, bit vectors `Unsigned_64`.
- A specification function is printed for each kind of arguments that contracts use it with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from veriquant_proofs.core.syntax import (
    Call,
    Expr,
    Function,
    FunctionId,
    Length,
    Mode,
    Program,
    Variable,
)
from veriquant_proofs.core.traverse import nodes, parts
from veriquant_proofs.core.types import (
    MatrixType,
    SequenceType,
    TupleType,
    Type,
    is_array,
)
from veriquant_proofs.export.ada_terms import Bound, Terms
from veriquant_proofs.export.ada_types import HEADER, TYPES, Base, Library, base_of
from veriquant_proofs.export.names import NotExportableError, Scope, ada_name
from veriquant_proofs.places import shown


def package_name(module: str) -> str:
    """The package of a module's kernels."""
    return f"Veriquant_{ada_name(module.rpartition('.')[2])}"


def is_function(function: Function) -> bool:
    """Whether a kernel is a function in Ada: its result is a number or condition."""
    return not isinstance(function.result, TupleType) and not is_array(function.result)


def result_bound(function: Function) -> Bound:
    """What `result` is in a kernel's postconditions."""
    base = base_of(function)
    if is_function(function):
        return Bound(f"{ada_name(function.id.name)}'Result", function.result, base)
    if isinstance(function.result, TupleType):
        items = tuple(
            Bound(f"Result_{i}", item, base) for i, item in enumerate(function.result.items)
        )
        return Bound("Result", function.result, base, items)
    return Bound("Result", function.result, base)


def outputs(function: Function) -> tuple[Bound, ...]:
    """The `out` parameters of a kernel's result."""
    if is_function(function):
        return ()
    result = result_bound(function)
    return result.parts or (result,)


@dataclass(slots=True)
class Package:
    """Prints the specification of one module's kernels."""

    program: Program
    library: Library
    module: str
    functions: tuple[Function, ...]
    #: specification functions printed so far: by id, kind of integers and types
    known: dict[tuple[FunctionId, Base, tuple[Type, ...]], str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    #: conditions that can be switched (see `ada_live`), by number; None: as they are
    switched: list[str] | None = None

    def clause(self, terms: Terms, condition: Expr | str, kind: str) -> str:
        """A condition of a contract or loop, in parentheses."""
        text = condition if isinstance(condition, str) else terms.condition(condition)
        if self.switched is None:
            return text
        self.switched.append(kind)
        return f"(Veriquant_Live.Holds ({len(self.switched)}, {text}))"

    def terms(self, function: Function, base: Base) -> Terms:
        """A printer for one subprogram, which knows its parameters and its result."""
        scope = Scope(ada_name(identity.name) for identity in self.program.functions)
        bound = {}
        for parameter in function.parameters:
            name = scope.fresh(parameter.name)
            bound[parameter.name] = Bound(name, parameter.type, base)
        return Terms(self.program, self.library, base, scope, bound, self.specify)

    def specify(self, identity: FunctionId, base: Base, types: tuple[Type, ...]) -> str:
        """Declare a specification function over these types, once."""
        key = identity, base, types
        name = ada_name(identity.name)
        if key in self.known:
            return name
        self.known[key] = name
        if any(k[0] != identity and n == name for k, n in self.known.items()):
            raise NotExportableError(f"two specification functions {name} in {self.module}")
        function = self.program[identity]
        terms = self.terms(function, base)
        for parameter, kind in zip(function.parameters, types, strict=True):
            old = terms.bound[parameter.name]
            terms.bound[parameter.name] = Bound(old.text, kind, base)
        assert function.value is not None
        heads = "; ".join(
            f"{terms.bound[p.name].text} : {self.library.type(base, kind)}"
            for p, kind in zip(function.parameters, types, strict=True)
        )
        value = terms.term(function.value)
        text = value.text if value.atomic and value.text.startswith("(") else f"({value.text})"
        result = self.library.type(base, function.result)
        pre = [self.clause(terms, clause.condition, "precondition") for clause in function.requires]
        aspects = ",\n".join(["Ghost", *aspect("Pre", pre)])
        self.texts.append(
            f"   function {name} ({heads}) return {result} is\n     {text} with {aspects};\n"
        )
        return name

    def declaration(self, function: Function) -> None:
        """One kernel with its contract, after the specification functions it speaks of."""
        base = base_of(function)
        terms = self.terms(function, base)
        terms.bound["result"] = result_bound(function)
        before: list[Expr | str] = [clause.condition for clause in function.requires]
        before += zero_based(bound for n, bound in terms.bound.items() if n != "result")
        before += zero_based(outputs(function))
        after: list[Expr | str] = []
        for clause in function.ensures:
            about_lengths = not is_function(function) and only_lengths(clause.condition)
            (before if about_lengths else after).append(clause.condition)
        pre = [self.clause(terms, one, "precondition") for one in before]
        post = [self.clause(terms, one, "postcondition") for one in after]
        aspects = ",\n".join(aspect("Pre", pre) + aspect("Post", post))
        head = self.head(function, terms)
        requirements = ", ".join(function.requirements)
        self.texts.append(
            (f"   --  {requirements}\n" if requirements else "")
            + head
            + (f" with\n{aspects}" if aspects else "")
            + ";\n"
        )

    def head(self, function: Function, terms: Terms) -> str:
        """`function F (A : T) return T`, or a procedure."""
        base = base_of(function)
        lines = []
        for parameter in function.parameters:
            mode = "in out " if parameter.mode is Mode.WRITTEN else ""
            kind = self.library.type(base, parameter.type)
            lines.append(f"{terms.bound[parameter.name].text} : {mode}{kind}")
        for output in outputs(function):
            lines.append(f"{output.text} : out {self.library.type(base, output.type)}")
        kind = "function" if is_function(function) else "procedure"
        returns = self.library.type(base, function.result) if is_function(function) else ""
        joined = ";\n      ".join(lines)
        parameters = f"\n     ({joined})" if lines else ""
        end = f" return {returns}" if returns else ""
        return f"   {kind} {ada_name(function.id.name)}{parameters}{end}"

    def text(self) -> str:
        """The specification: what has been declared so far."""
        roots = [c for f in self.functions for c in (*f.requires, *f.ensures)]
        return self._around("package", "\n".join(self.texts), roots)

    def body(self, bodies: list[str]) -> str:
        """The body."""
        roots = [statement for f in self.functions for statement in f.body]
        return self._around("package body", "\n".join(bodies), roots)

    def _around(self, kind: str, inner: str, roots: list[Any]) -> str:
        name = package_name(self.module)
        head = HEADER.format(origin=shown(self.functions[0].file).as_posix())
        if self.switched is not None:
            head += "with Veriquant_Live;\n"
        head += context(self.module, inner, roots)
        return f"{head}\n\n{kind} {name} with SPARK_Mode is\n\n{inner}\nend {name};\n"


def aspect(name: str, conditions: list[str]) -> list[str]:
    """`Pre => ...`, where there is any condition."""
    if not conditions:
        return []
    return [f"     {name} =>\n       " + "\n       and then ".join(conditions)]


def zero_based(bounds: Iterable[Bound]) -> list[str]:
    """Every array starts at index 0."""
    found = []
    for one in bounds:
        if isinstance(one.type, SequenceType):
            found.append(f"({one.text}'First = 0)")
        elif isinstance(one.type, MatrixType):
            found += [f"({one.text}'First ({i}) = 0)" for i in (1, 2)]
    return found


def only_lengths(condition: Expr) -> bool:
    """Whether a postcondition speaks of the result's lengths, and of nothing else of it."""
    lengths = [node for node in nodes(condition) if isinstance(node, Length)]
    inside = sum(_mentions(length) for length in lengths)
    return inside > 0 and inside == _mentions(condition)


def _mentions(node: object) -> int:
    own = isinstance(node, Variable) and node.name == "result"
    return own + sum(map(_mentions, parts(node)))


def context(module: str, body: str, roots: Iterable[object]) -> str:
    """The `with` and `use` clauses of a package for its text, and for what these nodes call."""
    called = {
        node.function.module
        for root in roots
        for node in nodes(root)
        if isinstance(node, Call) and node.function.module != module
    }
    withs = [TYPES, *sorted(package_name(name) for name in called)]
    uses = [f"use {name};" for name in withs[1:]]
    if Base.BIG.value in body or f"{TYPES}.{Base.BIG.prefix}" in body:
        big = "Ada.Numerics.Big_Numbers.Big_Integers"
        withs.insert(0, big)
        uses.insert(0, f"use {big};")
    if f"{TYPES}.{Base.BITS.prefix}" in body:
        withs.insert(0, "Interfaces")
        uses.insert(0, "use Interfaces;")
    return "\n".join([*(f"with {w};" for w in withs), *uses])

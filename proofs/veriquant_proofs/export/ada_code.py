"""Bodies of kernels in Ada: loop invariants and variants are pragmas, checks are Ada's own.

A list that a kernel makes and returns is its `out` parameter from the start; what else is done with
lists has no form here (`NotExportableError`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from veriquant_proofs.core.syntax import (
    Assert,
    Assign,
    Call,
    Clause,
    Expr,
    Filled,
    For,
    Function,
    If,
    Return,
    Statement,
    Store,
    TupleOf,
    Unpack,
    Use,
    Variable,
    While,
)
from veriquant_proofs.core.traverse import nodes
from veriquant_proofs.core.types import IntType, MatrixType, TupleType, Type, is_array
from veriquant_proofs.export.ada_contracts import Package, is_function, outputs
from veriquant_proofs.export.ada_terms import NATURAL, Bound, Terms
from veriquant_proofs.export.ada_types import Base, base_of
from veriquant_proofs.export.names import NotExportableError, ada_name, number


@dataclass(slots=True)
class Body:
    """Prints the body of one kernel."""

    package: Package
    function: Function
    base: Base = field(init=False)
    terms: Terms = field(init=False)
    outputs: tuple[Bound, ...] = field(init=False)
    declared: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    depth: int = 2

    def __post_init__(self) -> None:
        self.base = base_of(self.function)
        self.terms = self.package.terms(self.function, self.base)
        self.outputs = outputs(self.function)

    def text(self) -> str:
        """The whole subprogram. Raises NotExportableError."""
        head = self.package.head(self.function, self.terms)
        self._locals()
        self._block(self.function.body)
        if not is_function(self.function) and self.lines[-1].strip() == "return;":
            self.lines.pop()
        declared = "".join(f"      {line}\n" for line in self.declared)
        inner = "\n".join(self.lines)
        end = f"   end {ada_name(self.function.id.name)};\n"
        return f"{head} is\n{declared}   begin\n{inner}\n{end}"

    # ---------------------------------------------------------------- locals

    def _locals(self) -> None:
        returned = self._returned()
        for local in self.function.locals:
            if is_array(local.type):
                if local.name not in returned:
                    raise NotExportableError(f"the list {local.name}, which is not returned")
                output = returned[local.name]
                if output.type != local.type:
                    raise NotExportableError(f"{local.name} and the result differ in type")
                self.terms.bound[local.name] = output
            else:
                self.terms.bound[local.name] = self._declare(local.name, local.type)

    def _declare(self, name: str, kind: Type) -> Bound:
        if isinstance(kind, TupleType):
            parts = tuple(self._declare(f"{name}_{i}", item) for i, item in enumerate(kind.items))
            return Bound(name, kind, self.base, parts)
        fresh = self.terms.scope.fresh(name)
        start = ""
        if self.base is Base.BIG and isinstance(kind, IntType):  # a predicate wants a value
            low = 0 if kind.range is None or 0 in kind.range else kind.range.low
            start = f" := {number(low)}"
        self.declared.append(f"{fresh} : {self.package.library.type(self.base, kind)}{start};")
        return Bound(fresh, kind, self.base)

    def _returned(self) -> dict[str, Bound]:
        """Which lists are which results: every return must name the same ones."""
        found: dict[str, Bound] = {}
        for statement in self.function.body:
            for node in nodes(statement):
                if isinstance(node, Return):
                    for value, output in self._results(node.value):
                        if not is_array(output.type) or not isinstance(value, Variable):
                            continue
                        if found.setdefault(value.name, output) is not output:
                            raise NotExportableError(f"{value.name} is returned twice")
        return found

    def _results(self, value: Expr) -> list[tuple[Expr, Bound]]:
        """A returned value's parts with the results that they become; none of a call."""
        if isinstance(value, Call) or not self.outputs:
            return []
        if isinstance(self.function.result, TupleType):
            if not isinstance(value, TupleOf):
                raise NotExportableError(f"`return {value.place.text}`: write its items")
            return list(zip(value.items, self.outputs, strict=True))
        return [(value, self.outputs[0])]

    # ---------------------------------------------------------------- statements

    def _add(self, text: str) -> None:
        self.lines.append("   " * self.depth + text)

    def _block(self, statements: Iterable[Statement]) -> None:
        before = len(self.lines)
        for statement in statements:
            self._statement(statement)
        if len(self.lines) == before:
            self._add("null;")

    def _inside(self, statements: Iterable[Statement]) -> None:
        self.depth += 1
        self._block(statements)
        self.depth -= 1

    def _statement(self, node: Statement) -> None:
        match node:
            case Assign(target=target, value=value):
                self._assign(self.terms.bound[target], value)
            case Unpack(targets=targets, value=value):
                self._unpack(tuple(self.terms.bound[t] for t in targets), value)
            case Store(array=array, indices=indices, value=value):
                one = self.terms.bound[array]
                spots = ", ".join(self.terms.integer(i, Base.WORD) for i in indices)
                self._add(f"{one.text} ({spots}) := {self.terms.integer(value, one.base)};")
            case Use(lemma=lemma):
                self._add(f"--  By lemma {lemma.name}, which is proved of the Python text.")
            case Assert(condition=condition):
                text = self.package.clause(self.terms, condition, "assertion")
                self._add(f"pragma Assert {text};")
            case If(test=test, then=then, otherwise=otherwise):
                self._add(f"if {self.terms.term(test).text} then")
                self._inside(then)
                if otherwise:
                    self._add("else")
                    self._inside(otherwise)
                self._add("end if;")
            case For():
                self._for(node)
            case While():
                self._add(f"while {self.terms.term(node.test).text} loop")
                self.depth += 1
                self._invariants(node.invariants)
                variant = self.terms.term(node.variant)
                if variant.base is Base.BIG:
                    self._add("--  Ada 2022 takes no variant of integers beyond 64 bits.")
                else:
                    self._add(f"pragma Loop_Variant (Decreases => {variant.text});")
                self._block(node.body)
                self.depth -= 1
                self._add("end loop;")
            case Return(value=value):
                self._return(value)

    def _for(self, node: For) -> None:
        low = self.terms.integer(node.low, Base.WORD)
        high = self.terms.before(node.high)
        name = self.terms.scope.fresh(node.variable)
        kind = NATURAL if self.terms.nonnegative(node.low) else IntType(range=Base.WORD.bounds)
        self.terms.bound[node.variable] = Bound(name, kind, Base.WORD)
        self._add(f"for {name} in Long_Long_Integer range {low} .. {high} loop")
        self.depth += 1
        self._invariants(node.invariants)
        self._block(node.body)
        self.depth -= 1
        self._add("end loop;")

    def _invariants(self, invariants: tuple[Clause, ...]) -> None:
        for one in invariants:
            text = self.package.clause(self.terms, one.condition, "loop invariant")
            self._add(f"pragma Loop_Invariant {text};")

    def _return(self, value: Expr) -> None:
        if is_function(self.function):
            kind = self.function.result
            text = self.terms.integer(value, self.base) if isinstance(kind, IntType) else (
                self.terms.term(value).text
            )  # fmt: skip
            self._add(f"return {text};")
            return
        if isinstance(value, Call):
            self._call(value, self.outputs)
        for part, output in self._results(value):
            if not is_array(output.type):
                self._add(f"{output.text} := {self.terms.integer(part, self.base)};")
            elif self.terms.place(part) is not output:
                raise NotExportableError(f"the list `{part.place.text}` is not made here")
        self._add("return;")

    # ---------------------------------------------------------------- assignments

    def _assign(self, target: Bound, value: Expr) -> None:
        if isinstance(target.type, TupleType):
            self._unpack(target.parts, value)
        elif not is_array(target.type):
            self._add(f"{target.text} := {self.terms.integer(value, target.base)};")
        elif isinstance(value, Call):
            self._call(value, (target,))
        elif isinstance(value, Filled):
            self._fill(target, value)
        else:
            raise NotExportableError(f"`{value.place.text}` as a list")

    def _fill(self, target: Bound, value: Filled) -> None:
        sizes = [value.count] if value.width is None else [value.count, value.width]
        for i, size in enumerate(sizes):
            text = self.terms.integer(size, Base.WORD)
            if not self.terms.nonnegative(size):
                text = f"Long_Long_Integer'Max (0, {text})"
            which = f" ({i + 1})" if isinstance(target.type, MatrixType) else ""
            rows = f"{target.text}'Length (1) = 0 or else " if i else ""
            self._add(f"pragma Assert ({rows}{target.text}'Length{which} = {text});")
        literal = self.terms.integer(value.value, target.base)
        inner = f"[others => {literal}]"
        filled = inner if value.width is None else f"[others => {inner}]"
        self._add(f"{target.text} := {filled};")

    def _unpack(self, targets: tuple[Bound, ...], value: Expr) -> None:
        if isinstance(value, Call):
            self._call(value, targets)
            return
        if not isinstance(value, TupleOf):
            for target, part in zip(targets, self.terms.place(value).parts, strict=True):
                self._add(f"{target.text} := {part.text};")
            return
        texts = [self.terms.integer(item, self.base) for item in value.items]
        library = self.package.library
        names = [self.terms.scope.fresh(f"next_{i}") for i in range(len(targets))]
        self._add("declare")
        for name, target, text in zip(names, targets, texts, strict=True):
            kind = library.type(target.base, target.type)
            self._add(f"   {name} : constant {kind} := {text};")
        self._add("begin")
        for name, target in zip(names, targets, strict=True):
            self._add(f"   {target.text} := {name};")
        self._add("end;")
        for name in names:
            self.terms.scope.release(name)

    def _call(self, call: Call, targets: tuple[Bound, ...]) -> None:
        callee = self.package.program[call.function]
        if base_of(callee) is not self.base:
            raise NotExportableError(f"{callee.id.name} computes in other integers")
        for target, output in zip(targets, outputs(callee), strict=True):
            if is_array(output.type) and target.type != output.type:
                raise NotExportableError(f"{callee.id.name} gives lists of another type")
        arguments = self.terms.arguments(call.function, call.arguments)
        if any(target.text == argument for target in targets for argument in arguments):
            raise NotExportableError(f"`{call.place.text}` assigned to its own argument")
        joined = ", ".join([*arguments, *(target.text for target in targets)])
        self._add(f"{ada_name(callee.id.name)} ({joined});")

"""One function as a WhyML text: the contracts that it relies on, then its own, which is proved."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from veriquant_proofs.core.syntax import Function, FunctionId, Place, Program, Role
from veriquant_proofs.core.traverse import callees, recursive
from veriquant_proofs.core.types import BoolType
from veriquant_proofs.why3 import names
from veriquant_proofs.why3.code import Code, Lines, clause
from veriquant_proofs.why3.terms import NotExportableError, Terms

BASE = (Path(__file__).parent / "base.mlw").read_text(encoding="utf-8")

#: Modules, each with what in a text needs it: provers are given no theory without use.
USES = (
    ("int.Int", ""),
    ("int.Abs", "abs"),
    ("int.MinMax", "min |max |fill"),
    ("int.EuclideanDivision", "div |mod |quotient|remainder|shift_"),
    ("real.RealInfix", "real|\\. "),
    ("real.Abs as RA", "abs_real"),
    ("real.FromInt", "from_int"),
    ("seq.Seq", "seq "),
    ("Division", "floor_|quotient|remainder"),
    ("Shifts", "shift_"),
    ("Bits", "bit_"),
    ("Arrays", "seq "),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A text for Why3; `marks` say what kind of check and which place stand on a line."""

    label: str
    text: str
    marks: dict[int, tuple[str, Place]]


def document(program: Program, function: Function) -> Document:
    """The text of a function. Raises NotExportableError."""
    if function.theory.value == "bv" and function.role is Role.KERNEL:
        from veriquant_proofs.why3.bits import bits_document

        return bits_document(program, function)
    context, proof = Lines(depth=1), Lines(depth=1)
    for identity in _reached(program, function):
        _declaration(program, program[identity], context)
    _words(function, proof)
    _proved(program, function, proof)
    out = Lines()
    for line in BASE.splitlines():
        out.add(line)
    whole = "\n".join(context.texts + proof.texts)
    for name, inside in (("Context", context), ("Proof", proof)):
        out.add("")
        out.add(f"module {name}")
        for use, words in USES:
            if re.search(words, whole):
                out.add(f"  use {use}")
        if name == "Proof":
            out.add("  use Context")
        elif "abs_real" in whole:
            out.add("  function abs_real (x: real) : real = RA.abs x")
        first = len(out.texts)
        out.texts += inside.texts
        out.marks |= {first + line: mark for line, mark in inside.marks.items()}
        out.add("end")
    return Document(function.label, "\n".join(out.texts) + "\n", out.marks)


def _words(function: Function, out: Lines) -> None:
    """The functions through which every operation goes."""
    if function.word is not None:
        bounds = names.within("x", function.word)
        out.add(f"let fit (x: int) : int requires {{ [@expl:overflow check] {bounds} }}")
        out.add("  ensures { result = x } = x")
    out.add("let in_range (low high x: int) : int")
    out.add("  requires { [@expl:range check] low <= x <= high } ensures { result = x } = x")
    out.add("let abs_int (x: int) : int ensures { result = abs x } = if x >= 0 then x else - x")


def _reached(program: Program, function: Function) -> list[FunctionId]:
    """Everything that a function's text and those contracts speak of, callees first."""
    found: dict[FunctionId, None] = {}

    def visit(identity: FunctionId, whole: bool) -> None:
        if identity in found:
            return
        other = program[identity]
        stated = other if whole else _contract_only(other)
        for callee in callees(stated):
            if callee != identity:
                visit(callee, False)
        found[identity] = None

    for callee in callees(function):
        if callee != function.id:
            visit(callee, False)
    return list(found)


def _contract_only(function: Function) -> Function:
    from dataclasses import replace

    return function if function.role is Role.LOGIC else replace(function, body=())


def _parameters(function: Function) -> str:
    if not function.parameters:
        return "()"
    return " ".join(
        f"({names.variable(p.name)}: {names.type_name(p.type)})" for p in function.parameters
    )


def _arguments(function: Function) -> str:
    return " ".join(names.variable(p.name) for p in function.parameters)


def _required(function: Function) -> list[str]:
    terms = Terms()
    found = [f for p in function.parameters for f in names.in_type(names.variable(p.name), p.type)]
    return found + [terms.text(c.condition) for c in function.requires]


def _declaration(program: Program, function: Function, out: Lines) -> None:
    """A callee: specification by its definition, kernels and lemmas by their contracts."""
    name, parameters = names.function(function.id), _parameters(function)
    terms = Terms()
    out.depth = 1
    if function.role is Role.LOGIC:
        assert function.value is not None
        predicate = isinstance(function.result, BoolType)
        kind = "" if predicate else f" : {names.type_name(function.result)}"
        head = f"{'predicate' if predicate else 'function'} {name} {parameters}{kind}"
        if not recursive(function):
            out.add(f"{head} = {terms.text(function.value)}")
            return
        same = "<->" if predicate else "="
        out.add(head)
        out.add(f"val ghost {name}_unfold {parameters} : unit")
        applied = f"({name} {_arguments(function)})"
        out.add(f"  ensures {{ {applied} {same} {terms.text(function.value)} }}")
        return
    required = _required(function)
    if function.role is Role.LEMMA:
        out.add(f"val ghost {name}_use {parameters} : unit")
        for formula in required:
            out.add(f"  {clause('requires', 'precondition', formula)}")
        for one in function.ensures:
            out.add(f"  ensures {{ {terms.text(one.condition)} }}")
        return
    result = names.type_name(function.result)
    out.add(f"function {name} {parameters} : {result}")
    applied = f"({name} {_arguments(function)})"
    own = names.in_type("result_", function.result)
    found = terms.having({"result": "result_"})
    own += [found.text(c.condition) for c in function.ensures]
    premise = " -> ".join(f"({formula})" for formula in required) or "true"
    stated = " /\\ ".join(f"({formula})" for formula in own)
    pairs = [f"{names.variable(p.name)}: {names.type_name(p.type)}" for p in function.parameters]
    binders = f"forall {', '.join(pairs)}. " if pairs else ""
    out.add(f"axiom {name}_contract: {binders}")
    out.add(f"  {premise} -> (let result_ = {applied} in {stated})")
    out.add(f"val {name}_call {parameters} : {result}")
    for formula in required:
        out.add(f"  {clause('requires', 'precondition', formula)}")
    out.add(f"  ensures {{ result = {applied} }}")
    for formula in names.in_type("result", function.result):
        out.add(f"  ensures {{ {formula} }}")
    own_terms = terms.having({"result": "result"})
    for one in function.ensures:
        out.add(f"  ensures {{ {own_terms.text(one.condition)} }}")


def _proved(program: Program, function: Function, out: Lines) -> None:
    """The function itself."""
    terms = Terms({"result": "result"})
    name, parameters = names.function(function.id), _parameters(function)
    if function.role is Role.LOGIC:
        _terminates(function, out)
        return
    lemma = function.role is Role.LEMMA
    result = "unit" if lemma else names.type_name(function.result)
    out.add(f"let {'ghost ' if lemma else ''}{name}_proved {parameters} : {result}")
    for formula in _required(function):
        out.add(f"  requires {{ {formula} }}")
    for one in function.ensures:
        text = clause("ensures", "postcondition", terms.text(one.condition))
        out.add(f"  {text}", ("postcondition", one.place))
    if not lemma:
        for formula in names.in_type("result", function.result):
            out.add(f"  {clause('ensures', 'result type', formula)}")
    out.add("=")
    out.depth += 1
    Code(program, function, out).body()
    out.depth -= 1


def _terminates(function: Function, out: Lines) -> None:
    """A recursive specification function as a program: Why3 shows that its recursion ends."""
    assert function.value is not None
    name, last = names.function(function.id), names.variable(function.parameters[-1].name)
    kind = names.type_name(function.result)
    out.add(f"let rec ghost function {name} {_parameters(function)} : {kind}")
    out.add(f"  variant {{ max {last} 0 }}", ("termination", function.place))
    out.add(f"= {Terms().text(function.value)}")


__all__ = ["Document", "NotExportableError", "document"]

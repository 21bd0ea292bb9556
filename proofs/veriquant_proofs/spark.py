"""The kernels' contracts as SPARK specifications: `spec/spark/*.ads`, one package per module.

The Python contracts are the source; this module prints them in Ada 2022 and a test fails when a
committed file says anything else (`python -m veriquant_proofs.spark --check`). GNAT compiles the
files. Differences of the languages that the text must bridge:

- A scalar result is a function's; a list or tuple result becomes `out` parameters, whose lengths
  the caller fixes: postconditions about lengths become preconditions.
- Arrays start at index 0. A row of a matrix is `Row (A, I)`.
- Machine words are `Long_Long_Integer`; the exact grid uses `Big_Integer`; bit-vector kernels use
  `Unsigned_64`.
- Ada's `/` truncates: contracts use it where the dividend is never negative.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veriquant_proofs.vcgen.source import REPOSITORY, FunctionSource, product_functions, read
from veriquant_spec import types
from veriquant_spec.markers import mark_of, range_of
from veriquant_spec.types import FIX512, INT64, Range

SPARK_DIRECTORY = REPOSITORY / "spec" / "spark"

HEADER = """--  Generated from the contracts in {origin}; do not edit.
--  python -m veriquant_proofs.spark rewrites it, a test compares it.

"""

BINARY = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "/",
    ast.Div: "/",
    ast.Mod: "mod",
    ast.Pow: "**",
}
COMPARE = {ast.Eq: "=", ast.NotEq: "/=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def ada_name(name: str) -> str:
    """`dot_wide` as `Dot_Wide`; Ada does not tell the two apart."""
    return "_".join(part[:1].upper() + part[1:] for part in name.split("_"))


@dataclass(frozen=True, slots=True)
class Numbers:
    """The integer type of one kernel: its Ada name and the suffix of its types."""

    base: str
    prefix: str

    @staticmethod
    def of(function: FunctionSource) -> Numbers:
        if function.mark.theory == "bv":
            return Numbers("Unsigned_64", "Bits_")
        if function.mark.word == FIX512:
            return Numbers("Big_Integer", "Big_")
        return Numbers("Long_Long_Integer", "")


def named_ranges() -> dict[str, Range]:
    """The ranged types of `veriquant_spec.types` by name, in the order of the file."""
    found = {name: range_of(value) for name, value in vars(types).items()}
    return {name: bounds for name, bounds in found.items() if bounds is not None}


def power(value: int) -> str:
    """A bound as Ada text that stays readable."""
    magnitude = abs(value)
    sign = "-" if value < 0 else ""
    if magnitude < 10**6:
        return str(value)
    if magnitude.bit_count() == 1:
        return f"{sign}2 ** {magnitude.bit_length() - 1}"
    if (magnitude + 1).bit_count() == 1:
        body = f"2 ** {magnitude.bit_length()} - 1"
        return f"-({body})" if sign else body
    return f"{sign}16#{magnitude:X}#"


class Printer:
    """Prints Python contract expressions as Ada expressions."""

    def __init__(self, function: FunctionSource, numbers: Numbers, results: dict[str, str]) -> None:
        self.function = function
        self.numbers = numbers
        self.results = results  # Python text of a result part -> Ada name

    def text(self, node: ast.expr) -> str:
        key = ast.unparse(node)
        if key in self.results:
            return self.results[key]
        match node:
            case ast.Constant(value=bool() as value):
                return str(value)
            case ast.Constant(value=int() as value):
                return power(value)
            case ast.Name(id=name):
                constant = self.function.namespace.get(name)
                parameters = {p for p, _ in self.function.parameters}
                if isinstance(constant, int) and name not in parameters:
                    return f"({power(constant)})"
                return ada_name(name)
            case ast.BinOp():
                return self.binary(node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return f"not {self.wrapped(operand)}"
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"-{self.wrapped(operand)}"
            case ast.Compare():
                return self.comparison(node)
            case ast.BoolOp(op=op, values=values):
                word = " and then " if isinstance(op, ast.And) else " or else "
                return word.join(self.wrapped(v) for v in values)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yes, no = self.text(body), self.text(orelse)
                return f"(if {self.text(test)} then {yes} else {no})"
            case ast.Subscript():
                return self.element(node)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self.call(node, name, arguments)
        raise self.function.error(node, f"no Ada form of `{key}`")

    def wrapped(self, node: ast.expr) -> str:
        inner = self.text(node)
        simple = isinstance(node, ast.Name | ast.Constant | ast.Call | ast.Subscript | ast.IfExp)
        return inner if simple or inner.startswith("(for ") else f"({inner})"

    def binary(self, node: ast.BinOp) -> str:
        left, right = self.wrapped(node.left), self.wrapped(node.right)
        if isinstance(node.op, ast.LShift | ast.RShift):
            if self.numbers.base == "Unsigned_64":
                side = "Left" if isinstance(node.op, ast.LShift) else "Right"
                return f"Shift_{side} ({self.text(node.left)}, {self.text(node.right)})"
            symbol = "*" if isinstance(node.op, ast.LShift) else "/"
            return f"{left} {symbol} 2 ** Natural ({self.text(node.right)})"
        if isinstance(node.op, ast.BitAnd):
            return f"{left} and {right}"
        if isinstance(node.op, ast.Pow) and isinstance(node.left, ast.Constant):
            return power(int(ast.literal_eval(node.left) ** ast.literal_eval(node.right)))
        return f"{left} {BINARY[type(node.op)]} {right}"

    def comparison(self, node: ast.Compare) -> str:
        operands = [node.left, *node.comparators]
        links = [
            f"{self.wrapped(a)} {COMPARE[type(op)]} {self.wrapped(b)}"
            for a, op, b in zip(operands[:-1], node.ops, operands[1:], strict=True)
        ]
        return links[0] if len(links) == 1 else " and then ".join(f"({link})" for link in links)

    def element(self, node: ast.Subscript) -> str:
        if isinstance(node.value, ast.Subscript) and ast.unparse(node.value) not in self.results:
            matrix = self.text(node.value.value)
            return f"{matrix} ({self.index(node.value.slice)}, {self.index(node.slice)})"
        base = self.text(node.value)
        if self._is_matrix(node.value):
            return f"Veriquant_Types.Row ({base}, {self.index(node.slice)})"
        return f"{base} ({self.index(node.slice)})"

    def index(self, node: ast.expr) -> str:
        return self.text(node)

    def _is_matrix(self, node: ast.expr) -> bool:
        shapes = {name: info.shape for name, info in self.function.parameters}
        if isinstance(node, ast.Name) and node.id in shapes:
            return shapes[node.id] == "int[][]"
        return False

    def call(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> str:
        if name in ("all", "any"):
            return self.quantifier(node, name)
        if name == "len":
            return self.length(arguments[0])
        if name == "abs":
            return f"abs ({self.text(arguments[0])})"
        inner = ", ".join(self.text(a) for a in arguments)
        return f"{ada_name(name)} ({inner})"

    def length(self, node: ast.expr) -> str:
        if isinstance(node, ast.Subscript) and ast.unparse(node) not in self.results:
            return f"{self.text(node.value)}'Length (2)"
        suffix = " (1)" if self._is_matrix(node) or self._matrix_result(node) else ""
        return f"{self.text(node)}'Length{suffix}"

    def _matrix_result(self, node: ast.expr) -> bool:
        result = self.function.result
        if isinstance(node, ast.Subscript) and result.shape == "tuple":
            position = ast.literal_eval(node.slice)
            return bool(result.parts[position].shape == "int[][]")
        return False

    def quantifier(self, node: ast.Call, name: str) -> str:
        generator = node.args[0]
        assert isinstance(generator, ast.GeneratorExp)
        inner = self.text(generator.elt)
        for part in reversed(generator.generators):
            assert isinstance(part.target, ast.Name) and isinstance(part.iter, ast.Call)
            stop = self.text(part.iter.args[-1])
            start = self.text(part.iter.args[0]) if len(part.iter.args) == 2 else "0"
            literal = isinstance(part.iter.args[-1], ast.Constant)
            last = str(int(stop) - 1) if literal else f"{stop} - 1"
            word = "all" if name == "all" else "some"
            domain = f"{start} .. {last}"
            if self.numbers.base != "Unsigned_64":  # shift amounts stay Natural
                domain = f"Veriquant_Types.Index range {domain}"
            inner = f"(for {word} {ada_name(part.target.id)} in {domain} => {inner})"
        return inner


def annotation(function: FunctionSource, name: str) -> ast.expr:
    """The annotation of a parameter, or of the result ("return")."""
    node = function.node
    if name == "return":
        assert node.returns is not None
        return node.returns
    return next(a.annotation for a in node.args.args if a.arg == name and a.annotation)


def ada_type(node: ast.expr, numbers: Numbers) -> str:
    """Ada subtype of a Python annotation."""
    match node:
        case ast.Name(id="int"):
            return numbers.base
        case ast.Name(id="bool"):
            return "Boolean"
        case ast.Name(id=name):
            return f"Veriquant_Types.{numbers.prefix}{ada_name(name)}"
        case ast.Subscript(slice=ast.Subscript(slice=inner)):
            return f"{ada_type(inner, numbers)}_Matrix"
        case ast.Subscript(slice=inner):
            return f"{ada_type(inner, numbers)}_Array"
    raise ValueError(ast.unparse(node))


def wrapped_clause(keyword: str, clauses: list[str]) -> str:
    if not clauses:
        return ""
    parts = [c if c.startswith("(for ") else f"({c})" for c in clauses]
    return f"     {keyword} =>\n       " + "\n       and then ".join(parts)


def declaration(function: FunctionSource) -> str:
    """One subprogram with its contract."""
    numbers = Numbers.of(function)
    returns = annotation(function, "return")
    parameters = [
        f"{ada_name(n)} : {ada_type(annotation(function, n), numbers)}"
        for n, _ in function.parameters
    ]
    scalar = function.result.shape in ("int", "bool")
    if scalar:
        results = {"result": f"{ada_name(function.name)}'Result"}
    elif function.result.shape == "tuple":
        assert isinstance(returns, ast.Subscript) and isinstance(returns.slice, ast.Tuple)
        results = {f"result[{i}]": f"Result_{i}" for i in range(len(function.result.parts))}
        parameters += [
            f"Result_{i} : out {ada_type(part, numbers)}"
            for i, part in enumerate(returns.slice.elts)
        ]
    else:
        results = {"result": "Result"}
        parameters.append(f"Result : out {ada_type(returns, numbers)}")
    printer = Printer(function, numbers, results)
    pre = [printer.text(c.body) for c in function.requires]
    pre += _zero_based(function, scalar)
    post: list[str] = []
    for clause in function.ensures:
        about_length = not scalar and "len(result" in ast.unparse(clause.body).split(" ")[0]
        (pre if about_length or _only_widths(clause.body) else post).append(
            printer.text(clause.body)
        )
    kind = "function" if scalar else "procedure"
    end = f" return {ada_type(returns, numbers)}" if scalar else ""
    joined = ";\n      ".join(parameters)
    head = f"   {kind} {ada_name(function.name)}\n     ({joined}){end}"
    aspects = [a for a in (wrapped_clause("Pre", pre), wrapped_clause("Post", post)) if a]
    requirements = ", ".join(function.mark.requirements)
    body = head + (" with\n" + ",\n".join(aspects) if aspects else "") + ";\n"
    return f"   --  {requirements}\n{body}"


def _zero_based(function: FunctionSource, scalar: bool) -> list[str]:
    """Every array starts at index 0, those of the results too."""
    shapes = [(ada_name(name), info.shape) for name, info in function.parameters]
    if not scalar:
        parts = function.result.parts or (function.result,)
        names = [f"Result_{i}" for i in range(len(parts))] if function.result.parts else ["Result"]
        shapes += [(n, p.shape) for n, p in zip(names, parts, strict=True)]
    found = []
    for name, shape in shapes:
        if shape == "int[]":
            found.append(f"{name}'First = 0")
        elif shape == "int[][]":
            found += [f"{name}'First (1) = 0", f"{name}'First (2) = 0"]
    return found


def _only_widths(node: ast.expr) -> bool:
    """A clause about the row lengths of a result and nothing else."""
    text = ast.unparse(node)
    return text.startswith("all((len(result[")


def logic_functions(functions: Iterable[FunctionSource]) -> list[FunctionSource]:
    """Specification functions that the contracts reach, callees first."""
    found: dict[str, FunctionSource] = {}

    def visit(node: ast.AST, namespace: dict[str, Any]) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
                target = namespace.get(part.func.id)
                mark = mark_of(target) if callable(target) else None
                if target is not None and mark is not None and mark.role == "logic":
                    callee = read(target)
                    if callee.name not in found:
                        for statement in callee.node.body:
                            if isinstance(statement, ast.Return):
                                found_before = dict(found)
                                found.setdefault(callee.name, callee)
                                visit(statement, callee.namespace)
                                if callee.name not in found_before:
                                    found[callee.name] = found.pop(callee.name)

    for function in functions:
        for clause in (*function.requires, *function.ensures):
            visit(clause.body, function.namespace)
    return list(found.values())


def logic_declaration(callee: FunctionSource, user: FunctionSource) -> str:
    """A specification function as a ghost expression function, over its user's numbers."""
    numbers = Numbers.of(user)
    shapes = {p: i.shape for p, i in callee.parameters}
    element = _element_names(callee, user, numbers)
    kinds = {"int": numbers.base, "bool": "Boolean"}
    parameters = "; ".join(
        f"{ada_name(p)} : {kinds.get(s) or element[p] + ('_Array' if s == 'int[]' else '_Matrix')}"
        for p, s in shapes.items()
    )
    body = next(s.value for s in callee.node.body if isinstance(s, ast.Return) and s.value)
    text = Printer(callee, numbers, {}).text(body)
    text = text if text.startswith("(") and text.endswith(")") and _balanced(text) else f"({text})"
    result = "Boolean" if callee.result.shape == "bool" else numbers.base
    name = ada_name(callee.name)
    return f"   function {name} ({parameters}) return {result} is\n     {text} with Ghost;\n"


def _balanced(text: str) -> bool:
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and position < len(text) - 1:
            return False
    return True


def _element_names(
    callee: FunctionSource, user: FunctionSource, numbers: Numbers
) -> dict[str, str]:
    """Element types of a specification function's sequences, as its user calls it."""
    names: dict[str, str] = {}
    for clause in (*user.requires, *user.ensures):
        for part in ast.walk(clause.body):
            if (
                isinstance(part, ast.Call)
                and isinstance(part.func, ast.Name)
                and part.func.id == callee.name
            ):
                for (p, info), argument in zip(callee.parameters, part.args, strict=True):
                    base: ast.expr = argument
                    while isinstance(base, ast.Subscript):
                        base = base.value
                    known = {n for n, _ in user.parameters}
                    if "[" in info.shape and isinstance(base, ast.Name) and base.id in known:
                        full = ada_type(annotation(user, base.id), numbers)
                        names[p] = full.removesuffix("_Array").removesuffix("_Matrix")
    return names


def package(module: str, functions: list[FunctionSource]) -> str:
    """The specification of one kernel module."""
    stem = module.rpartition(".")[2]
    called = {
        target.__module__.rpartition(".")[2]
        for f in functions
        for c in (*f.requires, *f.ensures)
        for part in ast.walk(c.body)
        if isinstance(part, ast.Name)
        and callable(target := f.namespace.get(part.id))
        and getattr(mark_of(target), "role", "") == "kernel"
    } - {stem}
    withs = ["Veriquant_Types", *(f"Veriquant_{ada_name(n)}" for n in sorted(called))]
    bases = {Numbers.of(f).base for f in functions}
    uses = ["use type Veriquant_Types.Index;"]
    if "Big_Integer" in bases:
        big = "Ada.Numerics.Big_Numbers.Big_Integers"
        withs.insert(0, big)
        uses.insert(0, f"use {big};")
    if "Unsigned_64" in bases:
        withs.insert(0, "Interfaces")
        uses.insert(0, "use Interfaces;")
    uses += [f"use Veriquant_{ada_name(n)};" for n in sorted(called)]
    declared: set[tuple[str, str]] = set()
    parts = []
    for function in functions:
        for callee in logic_functions([function]):
            text = logic_declaration(callee, function)
            head = text.splitlines()[0]
            if (callee.name, head) not in declared:
                declared.add((callee.name, head))
                parts.append(text)
        parts.append(declaration(function))
    name = f"Veriquant_{ada_name(stem)}"
    lines = [f"with {w};" for w in withs] + uses
    origin = functions[0].shown_file.as_posix()
    body = "\n".join(parts)
    head = HEADER.format(origin=origin) + "\n".join(lines)
    return f"{head}\n\npackage {name} with SPARK_Mode is\n\n{body}\nend {name};\n"


def types_package(functions: list[FunctionSource]) -> str:
    """The ranged types, for each kind of numbers that the kernels use them with."""
    ranges = named_ranges()
    used: dict[tuple[str, str], Numbers] = {}
    for function in functions:
        numbers = Numbers.of(function)
        nodes = [annotation(function, n) for n, _ in function.parameters]
        for node in [*nodes, annotation(function, "return")]:
            for part in ast.walk(node):
                if isinstance(part, ast.Name):
                    bounds = ranges.get(part.id) or range_of(function.namespace.get(part.id))
                    if bounds is not None:
                        ranges.setdefault(part.id, bounds)
                        used[numbers.prefix, part.id] = numbers
    lines = []
    for (prefix, name), numbers in sorted(used.items()):
        low, high = ranges[name]
        full = f"{prefix}{ada_name(name)}"
        if numbers.base == "Big_Integer":
            lines += [
                f"   subtype {full} is Big_Integer with",
                "     Dynamic_Predicate =>",
                f"       {full} >= {power(low)} and then {full} <= {power(high)};",
            ]
        elif Range(low, high) == INT64:
            lines.append(f"   subtype {full} is {numbers.base};")
        else:
            lines.append(
                f"   subtype {full} is {numbers.base} range {power(low)} .. {power(high)};"
            )
        lines += [
            f"   type {full}_Array is array (Index range <>) of {full};",
            f"   type {full}_Matrix is array (Index range <>, Index range <>) of {full};",
            f"   function Row (A : {full}_Matrix; I : Index) return {full}_Array is",
            "     [for J in A'Range (2) => A (I, J)] with Ghost;",
            "",
        ]
    body = "\n".join(lines)
    return (
        HEADER.format(origin="spec/veriquant_spec/types.py")
        + "with Interfaces; use Interfaces;\n"
        + "with Ada.Numerics.Big_Numbers.Big_Integers;\n"
        + "use Ada.Numerics.Big_Numbers.Big_Integers;\n\n"
        + "package Veriquant_Types with SPARK_Mode is\n\n"
        + "   --  Positions of arrays; -1 is the upper bound of an empty one.\n"
        + "   subtype Index is Long_Long_Integer range -1 .. 2 ** 48;\n\n"
        + body
        + "\nend Veriquant_Types;\n"
    )


def packages() -> dict[str, str]:
    """File name to text of every specification."""
    kernels = [f for f in product_functions() if f.mark.role == "kernel"]
    texts = {"veriquant_types.ads": types_package(kernels)}
    for module in dict.fromkeys(f.module for f in kernels):
        stem = module.rpartition(".")[2]
        members = [f for f in kernels if f.module == module]
        texts[f"veriquant_{stem}.ads"] = package(module, members)
    return texts


def differences(directory: Path = SPARK_DIRECTORY) -> list[str]:
    """Where the committed files differ from the kernels' contracts, a line each."""
    found = []
    expected = packages()
    for name, text in expected.items():
        path = directory / name
        have = path.read_text(encoding="utf-8") if path.exists() else ""
        wanted = text.splitlines()
        for number, (a, b) in enumerate(
            zip(have.splitlines() + [""] * len(wanted), wanted, strict=False), start=1
        ):
            if a != b:
                found.append(f"{name}:{number}: has `{a.strip()}`, contracts say `{b.strip()}`")
                break
        else:
            if len(have.splitlines()) != len(wanted):
                found.append(f"{name}: has {len(have.splitlines())} lines, not {len(wanted)}")
    found += [
        f"{p.name}: no kernel module" for p in directory.glob("*.ads") if p.name not in expected
    ]
    return found


def main(arguments: list[str] | None = None) -> int:
    """Write the specifications, or with `--check` say where they differ (exit 1)."""
    parser = argparse.ArgumentParser(description=inspect.getdoc(main))
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    if options.check:
        found = differences()
        print("\n".join(found) or "spec/spark agrees with the kernels' contracts")
        return 1 if found else 0
    SPARK_DIRECTORY.mkdir(parents=True, exist_ok=True)
    for name, text in packages().items():
        (SPARK_DIRECTORY / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Systematic changes of a kernel's executable body, each a splice into the module's text.

Contracts, loop invariants, variants, assertions, annotations and docstrings are left alone: a
mutant is the same promise over different code. Order and text of the mutants are a function of the
source alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: What each binary operator is exchanged for: its inverse, and its neighbours in bit tricks.
BINARY: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult, ast.BitOr),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Add, ast.FloorDiv),
    ast.FloorDiv: (ast.Mult, ast.Mod, ast.RShift),
    ast.Mod: (ast.FloorDiv, ast.Mult, ast.BitAnd),
    ast.BitAnd: (ast.BitOr, ast.BitXor, ast.Mod),
    ast.BitOr: (ast.BitAnd, ast.BitXor, ast.Add),
    ast.BitXor: (ast.BitAnd, ast.BitOr),
    ast.LShift: (ast.RShift, ast.Mult),
    ast.RShift: (ast.LShift, ast.FloorDiv),
}

#: Boundary moved, direction reversed, negation.
COMPARISON: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE, ast.NotEq),
    ast.LtE: (ast.Lt, ast.Gt, ast.GtE, ast.Eq),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE, ast.NotEq),
    ast.GtE: (ast.Gt, ast.Lt, ast.LtE, ast.Eq),
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq, ast.Lt, ast.Gt),
}

ORDERED = (ast.Sub, ast.FloorDiv, ast.Mod, ast.LShift, ast.RShift)


#: Operator, changed node, new text.
Change = tuple[str, ast.expr | ast.stmt, str]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: `old` at (`line`, `column`) becomes `new`; `text` is the changed module."""

    operator: str
    line: int
    column: int
    old: str
    new: str
    text: str

    @property
    def key(self) -> str:
        """The change in one line, without its place, so that edits above do not rename it."""
        return f"{self.operator}: {self.old} -> {self.new}"


@dataclass(frozen=True, slots=True)
class Module:
    """Text of a module, one of whose functions is mutated."""

    text: str
    function: ast.FunctionDef

    @staticmethod
    def of(text: str, name: str) -> Module:
        """The module and its function. Raises KeyError where it has none of that name."""
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return Module(text, node)
        raise KeyError(name)

    def distinct(self, changes: Iterable[Change]) -> list[Mutant]:
        """The changes that change the function, without those that another one equals."""
        first = min([self.function.lineno, *(d.lineno for d in self.function.decorator_list)]) - 1
        after = len(self.text.splitlines()) - (self.function.end_lineno or 0)

        def parsed(text: str) -> str:
            lines = text.splitlines()
            return ast.dump(ast.parse("\n".join(lines[first : len(lines) - after])))

        found: dict[str, Mutant] = {}
        original = parsed(self.text)
        for operator, node, new in changes:
            changed = self.splice(node, new)
            tree = parsed(changed)
            if tree != original and tree not in found:
                place = (operator, node.lineno, node.col_offset + 1)
                found[tree] = Mutant(*place, _line(ast.unparse(node)), _line(new), changed)
        return sorted(found.values(), key=lambda m: (m.line, m.column, m.operator, m.new))

    def splice(self, node: ast.expr | ast.stmt, new: str) -> str:
        """The text with `node` replaced. AST columns count bytes of UTF-8."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        lines = self.text.encode().splitlines(keepends=True)
        head = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
        last = lines[node.end_lineno - 1]
        tail = last[node.end_col_offset :] + b"".join(lines[node.end_lineno :])
        return (head + new.encode() + tail).decode()


def mutants(text: str, name: str) -> list[Mutant]:
    """Every mutant of the function `name`, by place; no two of them have the same text."""
    module = Module.of(text, name)
    return module.distinct(_changes(module.function))


def _line(text: str) -> str:
    return " ".join(text.split())


def _changes(function: ast.FunctionDef) -> Iterator[Change]:
    variables = _variables(function)
    for statement in function.body:
        yield from _statement(statement, variables)


def _statement(node: ast.stmt, variables: dict[str, str]) -> Iterator[Change]:
    match node:
        case ast.Expr() | ast.Assert() | ast.Pass():
            return
        case ast.Return(value=ast.expr() as value):
            yield from _returned(value)
            yield from _expression(value, variables)
        case ast.Assign(value=value) | ast.AugAssign(value=value):
            yield "statement dropped", node, "pass"
            target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
            if isinstance(target, ast.Subscript):
                yield from _expression(target, variables)
            yield from _expression(value, variables)
        case ast.AnnAssign(value=ast.expr() as value):
            yield "statement dropped", node, "pass"
            yield from _expression(value, variables)
        case ast.If(test=test, body=body, orelse=orelse):
            yield "statement dropped", node, "pass"
            yield from _condition(test)
            yield from _expression(test, variables)
            for part in (*body, *orelse):
                yield from _statement(part, variables)
        case ast.While(test=test, body=body):
            yield "statement dropped", node, "pass"
            yield from _condition(test)
            yield from _expression(test, variables)
            for part in body:
                yield from _statement(part, variables)
        case ast.For(iter=ast.Call(args=bounds) as call, body=body):
            yield "statement dropped", node, "pass"
            start, stop = ("0", bounds[0]) if len(bounds) == 1 else (_text(bounds[0]), bounds[1])
            for new in (f"({start}) + 1, {_text(stop)}", f"({start}) - 1, {_text(stop)}"):
                yield "range bound", call, f"range({new})"
            for new in (f"{start}, {_wrap(stop)} - 1", f"{start}, {_wrap(stop)} + 1"):
                yield "range bound", call, f"range({new})"
            for bound in bounds:
                yield from _expression(bound, variables)
            for part in body:
                yield from _statement(part, variables)
        case _:
            raise ValueError(f"line {node.lineno}: no mutation operator for {type(node).__name__}")


def _returned(value: ast.expr) -> Iterator[Change]:
    if isinstance(value, ast.Tuple):
        yield "result swapped", value, ", ".join(_wrap(e) for e in reversed(value.elts))
    else:
        yield "result changed", value, f"{_wrap(value)} + 1"
        yield "result changed", value, f"{_wrap(value)} - 1"
        yield "result changed", value, "0"


def _condition(test: ast.expr) -> Iterator[Change]:
    yield "condition negated", test, f"not {_wrap(test)}"
    yield "condition fixed", test, "0 == 0"
    yield "condition fixed", test, "0 == 1"


def _expression(node: ast.expr, variables: dict[str, str]) -> Iterator[Change]:
    match node:
        case ast.Constant(value=bool()):
            return
        case ast.Constant(value=int() as value):
            for new in dict.fromkeys((value + 1, value - 1, 0)):
                if new != value:
                    yield "constant", node, str(new) if new >= 0 else f"({new})"
        case ast.Name(id=name) if name in variables:
            for other, kind in variables.items():
                if other != name and kind == variables[name]:
                    yield "variable", node, other
        case ast.BinOp(left=left, op=op, right=right):
            if not isinstance(left, ast.List):
                a, b = _wrap(left), _wrap(right)
                for swapped in BINARY.get(type(op), ()):
                    yield "operator", node, f"({a} {_symbol(swapped())} {b})"
                yield "operand dropped", node, a
                yield "operand dropped", node, b
                if isinstance(op, ORDERED):
                    yield "operands swapped", node, f"({b} {_symbol(op)} {a})"
                yield from _expression(left, variables)
            else:
                for element in left.elts:
                    yield from _expression(element, variables)
            yield from _expression(right, variables)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "sign dropped", node, _wrap(operand)
            yield from _expression(operand, variables)
        case ast.UnaryOp(operand=operand):
            yield "negation dropped", node, _wrap(operand)
            yield from _expression(operand, variables)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            for neighbour in COMPARISON.get(type(op), ()):
                yield "comparison", node, f"{_wrap(left)} {_compare(neighbour())} {_wrap(right)}"
            yield from _expression(left, variables)
            yield from _expression(right, variables)
        case ast.BoolOp(op=op, values=values):
            word = "or" if isinstance(op, ast.And) else "and"
            yield "connective", node, "(" + f" {word} ".join(_wrap(v) for v in values) + ")"
            for kept in values:
                yield "operand dropped", node, _wrap(kept)
            for part in values:
                yield from _condition(part)
                yield from _expression(part, variables)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from _condition(test)
            for part in (test, body, orelse):
                yield from _expression(part, variables)
        case ast.Subscript(value=value, slice=index):
            if not isinstance(index, ast.Constant):
                yield "index", index, f"{_text(index)} + 1"
                yield "index", index, f"{_text(index)} - 1"
                yield "index", index, "0"
            yield from _expression(index, variables)
            yield from _expression(value, variables)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            yield from _call(node, name, arguments)
            for argument in arguments:
                yield from _expression(argument, variables)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _expression(part, variables)
        case ast.ListComp(elt=element, generators=[ast.comprehension(iter=ast.Call(args=counts))]):
            for part in (element, *counts):
                yield from _expression(part, variables)


def _call(node: ast.Call, name: str, arguments: list[ast.expr]) -> Iterator[Change]:
    texts = [_text(a) for a in arguments]
    for i in range(len(texts) - 1):
        swapped = [*texts[:i], texts[i + 1], texts[i], *texts[i + 2 :]]
        yield "arguments swapped", node, f"{name}({', '.join(swapped)})"
    others = {"min": "max", "max": "min", "unpack_wide": "unpack_narrow"}
    others["unpack_narrow"] = "unpack_wide"
    if name in others:
        yield "callee", node, f"{others[name]}({', '.join(texts)})"
    if name != "len":
        for argument in arguments:
            yield "call dropped", node, _wrap(argument)
    yield "call changed", node, f"({_text(node)} + 1)"


def _variables(function: ast.FunctionDef) -> dict[str, str]:
    """Parameters and locals, each with its kind: one name is exchanged for others of its kind."""
    kinds = {a.arg: _kind(a.annotation) for a in function.args.args}
    for part in ast.walk(ast.Module(body=function.body, type_ignores=[])):
        match part:
            case ast.For(target=ast.Name(id=name)):
                kinds.setdefault(name, "integer")
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                kinds.setdefault(name, _kind(annotation))
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if not isinstance(value, ast.List | ast.ListComp | ast.Tuple):
                    kinds.setdefault(name, "integer")
    return kinds


def _kind(annotation: ast.expr | None) -> str:
    """Number of subscripts that a value of the type takes."""
    depth = 0 if annotation is None else ast.unparse(annotation).count("[")
    return ("integer", "list", "matrix")[min(depth, 2)]


def _text(node: ast.expr) -> str:
    return ast.unparse(node)


def _wrap(node: ast.expr) -> str:
    """Text that binds as tightly as a name."""
    simple = isinstance(node, ast.Name | ast.Constant | ast.Call | ast.Subscript)
    return _text(node) if simple else f"({_text(node)})"


def _symbol(op: ast.operator) -> str:
    return _text(ast.BinOp(ast.Name("a"), op, ast.Name("b")))[2:-2]


def _compare(op: ast.cmpop) -> str:
    return _text(ast.Compare(ast.Name("a"), [op], [ast.Name("b")]))[2:-2]


def statement_mutants(text: str, name: str) -> list[Mutant]:
    """Mutants of a lemma's statement: constants and comparisons of its `ensure`s."""
    module = Module.of(text, name)
    statements = [
        body
        for decorator in module.function.decorator_list
        for body in [_statement_of(decorator)]
        if body is not None
    ]
    kinds = ("constant", "comparison")
    return module.distinct(c for s in statements for c in _expression(s, {}) if c[0] in kinds)


def _statement_of(decorator: ast.expr) -> ast.expr | None:
    match decorator:
        case ast.Call(func=ast.Name(id="ensure"), args=[ast.Lambda(body=body)]):
            return body
    return None

"""What statements bind and read, and types as locals keep them."""

from __future__ import annotations

import ast

from veriquant_proofs.core.types import BOOL, IntType, TupleType, Type
from veriquant_spec.types import Range


def is_docstring(node: ast.stmt) -> bool:
    """Whether a statement is a text."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def is_bool(kind: Type) -> bool:
    """Whether a type is that of truth values."""
    return kind == BOOL


def machine(kind: Type, word: Range | None) -> Type:
    """A type whose integers, without an annotation, are those of the machine word."""
    match kind:
        case IntType():
            return IntType(range=word)
        case TupleType(items=items):
            return TupleType(items=tuple(machine(item, word) for item in items))
    return kind


def shape(kind: Type) -> object:
    """A type without ranges, which are checked where a value is assigned."""
    match kind:
        case TupleType(items=items):
            return tuple(shape(item) for item in items)
    return type(kind)


def bound_names(node: ast.FunctionDef) -> set[str]:
    """Names that a function's body binds, quantified variables excepted."""
    found = {a.arg for a in (*node.args.posonlyargs, *node.args.args)}
    for statement in node.body:
        for part in _own_scope(statement):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                found.add(part.id)
    return found


def _own_scope(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = [node]
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.GeneratorExp | ast.ListComp | ast.Lambda):
            found += _own_scope(child)
    return found


def loaded(node: ast.AST) -> set[str]:
    """Names inside a construct."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def is_store(name: ast.Name, loop: ast.For) -> bool:
    """Whether a name, or an element of it, is written inside the loop."""
    if isinstance(name.ctx, ast.Store):
        return name is not loop.target
    for part in ast.walk(loop):
        if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
            base: ast.expr = part
            while isinstance(base, ast.Subscript):
                base = base.value
            if base is name:
                return True
    return False

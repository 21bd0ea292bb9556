"""Walks over core expressions and statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from veriquant_proofs.core.syntax import (
    Assign,
    Binder,
    Call,
    Clause,
    Expr,
    For,
    Function,
    FunctionId,
    If,
    LogicCall,
    Statement,
    Store,
    Unpack,
    Use,
    While,
)


def parts(node: object) -> Iterator[object]:
    """The nodes directly inside a node, in the order of its fields."""
    for field in fields(node):  # type: ignore[arg-type]  # every node is a dataclass
        value = getattr(node, field.name)
        for item in value if isinstance(value, tuple) else (value,):
            if hasattr(item, "place") or isinstance(item, Binder):
                yield item


def nodes(node: object) -> Iterator[object]:
    """A node and all nodes inside it, depth first."""
    stack = [node]
    while stack:
        part = stack.pop()
        yield part
        stack.extend(reversed(list(parts(part))))


def expressions(node: object) -> Iterator[Expr]:
    """Every expression inside a node, itself included where it is one."""
    for part in nodes(node):
        if not isinstance(part, Clause | Binder) and not isinstance(part, Statement):
            yield part  # type: ignore[misc]  # every other node is an expression


def assigned(statements: tuple[Statement, ...]) -> set[str]:
    """Locals and written parameters that statements may change, stores included."""
    found: set[str] = set()
    for statement in statements:
        match statement:
            case Assign(target=target):
                found.add(target)
            case Unpack(targets=targets):
                found.update(targets)
            case Store(array=array):
                found.add(array)
            case If(then=then, otherwise=otherwise):
                found |= assigned(then) | assigned(otherwise)
            case For(body=body) | While(body=body):
                found |= assigned(body)
    return found


def rebound(statements: tuple[Statement, ...]) -> set[str]:
    """Locals that statements assign as a whole: an array among them may change its length."""
    found: set[str] = set()
    for statement in statements:
        match statement:
            case Assign(target=target):
                found.add(target)
            case Unpack(targets=targets):
                found.update(targets)
            case If(then=then, otherwise=otherwise):
                found |= rebound(then) | rebound(otherwise)
            case For(body=body) | While(body=body):
                found |= rebound(body)
    return found


def callees(function: Function) -> tuple[FunctionId, ...]:
    """Functions that a function names in its contract, value or body, in order of appearance."""
    found: dict[FunctionId, None] = {}
    roots: tuple[object, ...] = (*function.requires, *function.ensures, *function.body)
    for root in (*roots, *(() if function.value is None else (function.value,))):
        for part in nodes(root):
            match part:
                case Call(function=identity) | LogicCall(function=identity):
                    found[identity] = None
                case Use(lemma=identity):
                    found[identity] = None
    return tuple(found)


def recursive(function: Function) -> bool:
    """Whether a specification function applies itself."""
    return function.value is not None and any(
        isinstance(part, LogicCall) and part.function == function.id
        for part in expressions(function.value)
    )

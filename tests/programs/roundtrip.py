"""When two core functions are the same but for the names of bound variables."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from veriquant_proofs.core.syntax import Binder, For, Function, Program, Variable
from veriquant_proofs.core.traverse import nodes


def canonical(function: Function) -> dict[str, Any]:
    """What a function is, its bound variables named by the order in which they appear."""
    names: dict[str, str] = {}
    roots = (*function.requires, *function.ensures, *function.body)
    for root in (*roots, *(() if function.value is None else (function.value,))):
        for node in nodes(root):
            if isinstance(node, Binder):
                names[node.name] = f"?{len(names)}"
            elif isinstance(node, For):
                names[node.variable] = f"?{len(names)}"
    left = ("locals", "file", "place", "text")
    found = {
        f.name: _renamed(getattr(function, f.name), names)
        for f in fields(function)
        if f.name not in left
    }
    return {**found, "locals": {local.name: local.type for local in function.locals}}


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(_renamed(item, names) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {f.name: _renamed(getattr(value, f.name), names) for f in fields(value)}
    if isinstance(value, Variable | Binder):
        changed["name"] = names.get(value.name, value.name)
    if isinstance(value, For):
        changed["variable"] = names[value.variable]
    return replace(value, **changed)


def difference(made: Program, found: Program) -> str:
    """The first function that differs, and in what; empty where none does."""
    for function in made.functions.values():
        other = found.functions.get(function.id)
        if other is None:
            continue  # a specification function that nothing applies
        ours, theirs = canonical(function), canonical(other)
        for part, value in ours.items():
            if theirs[part] != value:
                return f"{function.id.name}: {part}: {value} became {theirs[part]}"
    return ""

"""Types from the syntax of annotations."""

from __future__ import annotations

import ast

from veriquant_proofs.core.types import (
    BOOL,
    REAL,
    IntType,
    MatrixType,
    SequenceType,
    TupleType,
    Type,
)
from veriquant_proofs.frontend.constants import constant
from veriquant_proofs.frontend.modules import Builtin, Module, Value, Word
from veriquant_spec.types import Range

#: Aliases of aliases are followed to this depth.
DEPTH = 32


def annotated_type(module: Module, node: ast.expr, word: Range | None, depth: int = 0) -> Type:
    """The type that an annotation names; a plain `int` is one of the machine word.

    Raises VerificationSubsetError.
    """
    if depth > DEPTH:
        raise module.error(node, "types nested too deeply")
    match node:
        case ast.Name(id=name):
            return _named(module, node, name, word, depth)
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            meaning = module.meaning(name, node)
            if meaning is Word.ANNOTATED:
                return _ranged(module, node, inner)
            if meaning is Word.SEQUENCE or meaning == Builtin("list"):
                return _array(module, node, annotated_type(module, inner, word, depth + 1))
            if meaning == Builtin("tuple"):
                parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                items = tuple(annotated_type(module, part, word, depth + 1) for part in parts)
                return TupleType(items=items)
        case ast.Constant(value=str()):
            raise module.error(node, "a type in quotes: write it as it is")
    raise module.error(
        node,
        f"type `{ast.unparse(node)}` is outside the verified subset: int, bool, Fraction, "
        "Annotated[int, Range(low, high)], Sequence, list and tuple of these",
    )


def _named(module: Module, node: ast.expr, name: str, word: Range | None, depth: int) -> Type:
    meaning = module.meaning(name, node)
    if meaning == Builtin("int"):
        return IntType(range=word)
    if meaning == Builtin("bool"):
        return BOOL
    if meaning is Word.FRACTION:
        return REAL
    if isinstance(meaning, Value):
        return annotated_type(meaning.module, meaning.node, word, depth + 1)
    raise module.error(node, f"type `{name}` is outside the verified subset")


def _ranged(module: Module, node: ast.expr, inner: ast.expr) -> IntType:
    match inner:
        case ast.Tuple(elts=[ast.Name(id=base) as head, ast.Call() as call]):
            if module.meaning(base, head) != Builtin("int"):
                raise module.error(head, f"`{ast.unparse(node)}` is a range of no integers")
            return IntType(range=range_value(module, call))
        case ast.Tuple(elts=[ast.Name(), ast.Name(id=name) as alias]):
            meaning = module.meaning(name, alias)
            if isinstance(meaning, Value):
                return IntType(range=range_value(meaning.module, meaning.node))
    raise module.error(node, f"`{ast.unparse(node)}`: write Annotated[int, Range(low, high)]")


def range_value(module: Module, node: ast.expr) -> Range:
    """`Range(low, high)`, or a constant that is one. Raises VerificationSubsetError."""
    match node:
        case ast.Name(id=name):
            meaning = module.meaning(name, node)
            if isinstance(meaning, Value):
                return range_value(meaning.module, meaning.node)
        case ast.Call(func=ast.Name(id=name), args=[low, high], keywords=[]) if (
            module.meaning(name, node) is Word.RANGE
        ):
            bounds = Range(constant(module, low), constant(module, high))
            if bounds.low > bounds.high:
                raise module.error(node, f"empty range {bounds}")
            return bounds
    raise module.error(node, f"`{ast.unparse(node)}` is no range: write Range(low, high)")


def _array(module: Module, node: ast.expr, inner: Type) -> Type:
    match inner:
        case IntType():
            return SequenceType(element=inner)
        case SequenceType(element=element):
            return MatrixType(element=element)
    raise module.error(node, f"`{ast.unparse(node)}`: sequences hold integers or rows of integers")

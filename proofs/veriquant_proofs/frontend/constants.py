"""Constants of modules: integers made of literals, operators and other constants."""

from __future__ import annotations

import ast

from veriquant_proofs.frontend.modules import LITERAL_BITS, Module, Value

#: Modules' constants that refer to each other are followed to this depth.
DEPTH = 64


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is made of integers and operators alone."""
    match node:
        case ast.BinOp(left=left, right=right):
            return is_literal(left) and is_literal(right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return is_literal(operand)
        case ast.Constant(value=value):
            return type(value) is int
    return False


def constant(module: Module, node: ast.expr, depth: int = 0) -> int:
    """The value of a constant expression. Raises VerificationSubsetError."""
    if depth > DEPTH:
        raise module.error(node, "constants nested too deeply")
    match node:
        case ast.Constant(value=value) if type(value) is int:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -constant(module, operand, depth + 1)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = constant(module, left, depth + 1), constant(module, right, depth + 1)
            return _folded(module, node, op, a, b)
        case ast.Name(id=name):
            meaning = module.meaning(name, node)
            if isinstance(meaning, Value):
                return constant(meaning.module, meaning.node, depth + 1)
    raise module.error(
        node, f"`{_text(node)}` is no constant: write it with integers, operators and constants"
    )


def folded(module: Module, node: ast.BinOp, a: int, b: int) -> int:
    """Python's value of an operation on two integers. Raises VerificationSubsetError."""
    return _folded(module, node, node.op, a, b)


def _folded(module: Module, node: ast.expr, op: ast.operator, a: int, b: int) -> int:
    wide = a.bit_length() + b.bit_length() > 2 * LITERAL_BITS
    match op:
        case ast.Add() if not wide:
            value = a + b
        case ast.Sub() if not wide:
            value = a - b
        case ast.Mult() if not wide:
            value = a * b
        case ast.FloorDiv() if b:
            value = a // b
        case ast.Mod() if b:
            value = a % b
        case ast.BitAnd():
            value = a & b
        case ast.BitOr():
            value = a | b
        case ast.BitXor():
            value = a ^ b
        case ast.LShift() if 0 <= b <= LITERAL_BITS:
            value = a << b
        case ast.RShift() if b >= 0:
            value = a >> b
        case ast.Pow() if b >= 0 and a.bit_length() * b <= 2 * LITERAL_BITS:
            value = a**b
        case _:
            raise module.error(node, f"`{_text(node)}` has no value in the subset")
    if value.bit_length() > LITERAL_BITS:
        raise module.error(node, f"`{_text(node)}` has more than {LITERAL_BITS} bits")
    return value


def _text(node: ast.expr) -> str:
    return ast.unparse(node)

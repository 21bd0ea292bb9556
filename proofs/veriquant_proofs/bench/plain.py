"""The core's loop-free kernels over integers as plain Python syntax, for other verifiers."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from veriquant_proofs.core.syntax import (
    Absolute,
    Assign,
    Binary,
    BoolLiteral,
    Call,
    Comparison,
    Conditional,
    Connective,
    Expr,
    Extreme,
    If,
    IntLiteral,
    LogicCall,
    Negate,
    Not,
    Program,
    Project,
    Quantified,
    Return,
    Statement,
    TupleOf,
    Unpack,
    Variable,
)
from veriquant_proofs.core.traverse import recursive


class Untranslatable(Exception):
    """A kernel that is not written in another notation, and why."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Writes expressions and statements; `values` stand for variables.

    `contract`: specification functions are replaced by their values, and calls of kernels, which
    other tools do not allow in a contract, are refused.
    """

    program: Program
    values: Mapping[str, ast.expr]
    contract: bool

    def expression(self, expr: Expr) -> ast.expr:
        """An expression. Raises Untranslatable."""
        part = self.expression
        match expr:
            case IntLiteral(value=value):
                return _number(value)
            case BoolLiteral(value=value):
                return ast.Constant(value)
            case Variable(name=name):
                return self.values.get(name, ast.Name(name))
            case Binary(operator=operator, left=left, right=right):
                symbol = ast.parse(f"a {operator.value} b", mode="eval").body
                assert isinstance(symbol, ast.BinOp)
                return ast.BinOp(part(left), symbol.op, part(right))
            case Negate(operand=operand):
                return ast.UnaryOp(ast.USub(), part(operand))
            case Not(operand=operand):
                return ast.UnaryOp(ast.Not(), part(operand))
            case Absolute(operand=operand):
                return _called("abs", [part(operand)])
            case Extreme(pick=pick, operands=operands):
                return _called(pick.value, [part(o) for o in operands])
            case Comparison(operands=operands, relations=relations):
                first, *others = [part(o) for o in operands]
                symbols = [ast.parse(f"a {r.value} b", mode="eval").body for r in relations]
                found = [s.ops[0] for s in symbols if isinstance(s, ast.Compare)]
                return ast.Compare(first, found, others)
            case Connective(junction=junction, operands=operands):
                joint = ast.And() if junction.value == "and" else ast.Or()
                return ast.BoolOp(joint, [part(o) for o in operands])
            case Conditional(test=test, yes=yes, no=no):
                return ast.IfExp(part(test), part(yes), part(no))
            case TupleOf(items=items):
                return ast.Tuple([part(item) for item in items], ast.Load())
            case Project(tuple=whole, index=index):
                return ast.Subscript(part(whole), ast.Constant(index), ast.Load())
            case Call(function=function, arguments=arguments):
                if self.contract:
                    raise Untranslatable(f"a postcondition calls the kernel {function.name}")
                return _called(function.name, [part(a) for a in arguments])
            case LogicCall():
                return self._logic(expr)
            case Quantified():
                raise Untranslatable("a contract is quantified")
        raise Untranslatable(f"{type(expr).__name__} in a kernel over plain integers")

    def _logic(self, expr: LogicCall) -> ast.expr:
        function = self.program[expr.function]
        if function.value is None or recursive(function):
            raise Untranslatable(f"a contract uses the recursive {expr.function.name}")
        arguments = [self.expression(a) for a in expr.arguments]
        names = [p.name for p in function.parameters]
        inner = Plain(self.program, dict(zip(names, arguments, strict=True)), self.contract)
        return inner.expression(function.value)

    def statement(self, node: Statement) -> ast.stmt:
        """A statement. Raises Untranslatable."""
        match node:
            case Assign(target=target, value=value):
                name = ast.Name(target, ast.Store())
                return ast.Assign([name], self.expression(value), lineno=0)
            case Unpack(targets=targets, value=value):
                names: list[ast.expr] = [ast.Name(t, ast.Store()) for t in targets]
                whole = ast.Tuple(names, ast.Store())
                return ast.Assign([whole], self.expression(value), lineno=0)
            case If(test=test, then=then, otherwise=otherwise):
                bodies = [[self.statement(s) for s in part] for part in (then, otherwise)]
                return ast.If(self.expression(test), bodies[0], bodies[1])
            case Return(value=value):
                return ast.Return(self.expression(value))
        raise Untranslatable("has a loop" if hasattr(node, "body") else "has a store or assertion")


def _number(value: int) -> ast.expr:
    if value >= 0:
        return ast.Constant(value)
    return ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _called(name: str, arguments: list[ast.expr]) -> ast.expr:
    return ast.Call(ast.Name(name), arguments, [])

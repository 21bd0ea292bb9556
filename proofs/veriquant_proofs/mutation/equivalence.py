"""Shows that a surviving mutant changes nothing: its contract leaves no choice.

If two results that satisfy every postcondition on the same valid input are always equal, then
every function that is proved to satisfy the contract returns the same as every other. So one
lemma per kernel covers all of its survivors, loops included; and where it fails, the solver's
model shows two results that the contract allows, which is the way to a stronger one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.printer import show
from veriquant_proofs.core.syntax import (
    Assert,
    Binary,
    Binder,
    BoolLiteral,
    Clause,
    Comparison,
    Connective,
    Element,
    Expr,
    Function,
    FunctionId,
    IntLiteral,
    Junction,
    Length,
    Mode,
    Operator,
    Parameter,
    Program,
    Project,
    Quantified,
    Quantor,
    Relation,
    Return,
    Role,
    Variable,
)
from veriquant_proofs.core.types import (
    BOOL,
    INT,
    IntType,
    MatrixType,
    SequenceType,
    TupleType,
)
from veriquant_proofs.core.typing import type_of
from veriquant_proofs.obligations import VC, generate


def determination(program: Program, function: Function) -> list[VC]:
    """The obligations that a kernel's postconditions determine its result.

    That the postconditions have a meaning is among the kernel's own obligations.
    """
    lemma = determined(function)
    together = Program(functions={**program.functions, lemma.id: lemma})
    wanted = (Kind.ASSERTION, Kind.POSTCONDITION)
    return [vc for vc in generate(together, lemma).vcs if vc.kind in wanted]


def determined(function: Function) -> Function:
    """The lemma: of two results that the postconditions allow, one is the other.

    An integer is shown to be within one of the other first: rounding is beyond the solver in one
    step (lemma `rne_unique` takes the same two).
    """
    if any(p.mode is Mode.WRITTEN for p in function.parameters):
        raise ValueError(f"{function.label} writes its arguments")
    taken = {p.name for p in function.parameters}
    names = [_free(name, taken) for name in ("first", "other")]
    first, other = (Variable(name=name, type=function.result) for name in names)
    allowed = [
        replace(clause, condition=_renamed(clause.condition, name))
        for name in names
        for clause in function.ensures
    ]
    body: list[Assert | Return] = []
    if isinstance(function.result, IntType):
        distances = [
            Comparison(
                operands=(Binary(operator=Operator.SUB, left=a, right=b), IntLiteral(value=1)),
                relations=(Relation.LE,),
            )
            for a, b in ((first, other), (other, first))
        ]
        near = _placed(Connective(junction=Junction.AND, operands=tuple(distances)), function)
        body.append(Assert(condition=near, place=near.place))
    same = _placed(_equal(first, other, 0), function)
    return Function(
        id=FunctionId(module=function.id.module, name=f"{function.id.name}~determined"),
        role=Role.LEMMA,
        parameters=(
            *function.parameters,
            *(Parameter(name=name, type=function.result) for name in names),
        ),
        result=BOOL,
        requires=(*function.requires, *allowed),
        ensures=(Clause(condition=same, place=same.place),),
        body=(*body, Return(value=BoolLiteral(value=True))),
        theory=function.theory,
        file=function.file,
        place=function.place,
        text=function.text,
    )


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _renamed(node: Any, name: str) -> Any:
    """A condition that speaks of another result."""
    if type(node) is tuple:
        return tuple(_renamed(part, name) for part in node)
    if isinstance(node, Variable):
        return replace(node, name=name) if node.name == "result" else node
    if not isinstance(node, Expr | Binder):
        return node
    changes = {f: _renamed(getattr(node, f), name) for f in node.__dataclass_fields__}
    return replace(node, **changes)


def _placed(expr: Any, function: Function) -> Any:
    return replace(expr, place=replace(function.place, text=show(expr)))


def _equal(a: Expr, b: Expr, depth: int) -> Expr:
    """Equality as Python's `==`."""
    kind = type_of(a)
    if isinstance(kind, TupleType):
        parts = [
            _equal(Project(tuple=a, index=i), Project(tuple=b, index=i), depth)
            for i in range(len(kind.items))
        ]
        return _all(parts)
    if isinstance(kind, SequenceType | MatrixType):
        lengths = Comparison(operands=(Length(array=a), Length(array=b)), relations=(Relation.EQ,))
        position = Variable(name=f"position{depth}", type=INT)
        cells = _equal(
            Element(array=a, index=position), Element(array=b, index=position), depth + 1
        )
        binder = Binder(name=position.name, low=IntLiteral(value=0), high=Length(array=a))
        return _all([lengths, Quantified(quantor=Quantor.ALL, binders=(binder,), body=cells)])
    return Comparison(operands=(a, b), relations=(Relation.EQ,))


def _all(parts: list[Expr]) -> Expr:
    if len(parts) == 1:
        return parts[0]
    return Connective(junction=Junction.AND, operands=tuple(parts))

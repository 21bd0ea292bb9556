"""What declared types say of results, and of the elements of arrays."""

from __future__ import annotations

from veriquant_proofs.core.syntax import Quantor
from veriquant_proofs.core.types import IntType, TupleType, Type
from veriquant_proofs.obligations.formula import (
    ZERO,
    Quantifier,
    Select,
    Sort,
    Symbol,
    Term,
    at_most,
    conjunction,
    implication,
    indexes,
    substituted,
    symbols,
    within,
)
from veriquant_proofs.obligations.patterns import plain
from veriquant_proofs.obligations.trail import Trail
from veriquant_proofs.obligations.values import Matrix, Sequence, Tuple, Value, lengths
from veriquant_spec.types import Range


def read(trail: Trail, array: Sequence, index: Term) -> Term:
    """An element, with what its declared type says of it."""
    element = Select(array.array, index)
    bounds = array.element.range
    if bounds is not None:
        here = conjunction([*array.inside, indexes(index, array.length)])
        trail.truth(implication(here, within(element, bounds)))
        if trail.bound & symbols(element):
            _axiom(trail, array)
    return element


def _axiom(trail: Trail, array: Sequence) -> None:
    """Every element lies in its range: for reads at quantified positions."""
    bounds = array.element.range
    assert bounds is not None
    bound = trail.bound
    if not bound & symbols(array.array) and not bound & symbols(array.length):
        i = Symbol("i?0", Sort.INT)
        element: Term = Select(array.array, i)
        inside = [*array.inside, indexes(i, array.length)]
        body = implication(conjunction(inside), within(element, bounds))
        _universal(trail, (i,), body, element, array.array)
    elif isinstance(array.array, Select) and isinstance(array.array.index, Symbol):
        matrix, row = array.array.array, array.array.index
        i, j = Symbol("i?0", Sort.INT), Symbol("j?0", Sort.INT)
        element = Select(Select(matrix, i), j)
        outer = [substituted(term, {row: i}) for term in array.inside]
        length = substituted(array.length, {row: i})
        body = implication(conjunction([*outer, indexes(j, length)]), within(element, bounds))
        if not bound & symbols(body):
            _universal(trail, (i, j), body, element, matrix)


def _universal(
    trail: Trail, variables: tuple[Symbol, ...], body: Term, element: Term, base: Term
) -> None:
    pattern = (element,) if plain(base) else ()
    trail.truth(Quantifier(Quantor.ALL, variables, body, pattern))


def elements_within(trail: Trail, value: Value, bounds: Range) -> Term:
    """Every element of an array lies in a range."""
    i = Symbol(trail.fresh("i", "?"), Sort.INT)
    if isinstance(value, Sequence):
        element: Term = Select(value.array, i)
        body = implication(indexes(i, value.length), within(element, bounds))
        return Quantifier(Quantor.ALL, (i,), body, (element,) if plain(value.array) else ())
    assert isinstance(value, Matrix)
    j = Symbol(trail.fresh("j", "?"), Sort.INT)
    row = value.row(i, indexes(i, value.rows))
    element = Select(row.array, j)
    inside = conjunction([*row.inside, indexes(j, row.length)])
    body = implication(inside, within(element, bounds))
    return Quantifier(Quantor.ALL, (i, j), body, (element,) if plain(value.array) else ())


def declared(trail: Trail, value: Value, kind: Type, what: str) -> None:
    """What the type of a call's result promises. A result is of its type wherever it is used:
    outside of the precondition, where no program calls it, it may be taken to be so."""
    match kind:
        case IntType(range=bounds) if bounds is not None:
            assert not isinstance(value, Sequence | Matrix | Tuple)
            trail.truth(within(value, bounds), f"{what} in {bounds}")
        case TupleType(items=items):
            assert isinstance(value, Tuple)
            for part, item in zip(value.items, items, strict=True):
                declared(trail, part, item, what)
    if not isinstance(kind, TupleType):
        for length in lengths(value):
            trail.truth(at_most(ZERO, length))

"""Triggers: which terms let a solver use a universal formula."""

from __future__ import annotations

from veriquant_proofs.obligations.formula import (
    Apply,
    Quantifier,
    Select,
    Sort,
    Symbol,
    Term,
    children,
    sort_of,
    subterms,
)


def plain(array: Term) -> bool:
    """Whether an array term may stand in a pattern: no cases and no connectives in it."""
    return all(isinstance(part, Symbol | Apply | Select) for part in subterms(array)) or (
        isinstance(array, Apply)
        and not any(isinstance(p, Quantifier) or sort_of(p) is Sort.BOOL for p in subterms(array))
    )


def patterns(whole: Term, variables: tuple[Symbol, ...]) -> tuple[Term, ...]:
    """Array reads indexed by exactly the quantified variables; () leaves it to the solver."""
    found: dict[Term, None] = {}
    wanted = set(variables)
    stack = [whole]
    while stack:
        part = stack.pop()
        if isinstance(part, Quantifier):
            continue
        if isinstance(part, Select) and sort_of(part) is Sort.INT:
            indices: set[Term] = set()
            inner: Term = part
            while isinstance(inner, Select):
                if inner.index in wanted:
                    indices.add(inner.index)
                inner = inner.array
            if indices == wanted and isinstance(inner, Symbol):
                found[part] = None
        stack.extend(children(part))
    return tuple(sorted(found, key=repr))

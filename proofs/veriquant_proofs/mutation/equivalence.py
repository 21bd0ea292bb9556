"""Shows that a surviving mutant changes nothing: its contract leaves no choice.

If two results that satisfy every postcondition on the same valid input are always equal, then
every function that is proved to satisfy the contract returns the same as every other. So one
obligation per kernel covers all of its survivors, loops included; and where it fails, the solver's
model shows two results that the contract allows, which is the way to a stronger one.
"""

from __future__ import annotations

import z3

from veriquant_proofs.vcgen.engine import Engine, machine_type
from veriquant_proofs.vcgen.source import FunctionSource
from veriquant_proofs.vcgen.values import SBool, SInt, SMat, SSeq, STuple, Term, Value, conjunction
from veriquant_proofs.vcgen.vc import VC, Kind


def determination(source: FunctionSource) -> list[VC]:
    """The obligations that `source`'s postconditions determine its result.

    An integer is shown to be within one of the other first: rounding is beyond the solver in one
    step (lemma `rne_unique` takes the same two).
    """
    engine = Engine(source)
    engine.state = engine.entry()
    promised = machine_type(source.result, engine.word)
    first, other = (engine.unknown(name, promised) for name in ("result", "other"))
    for result in (first, other):
        for clause in source.ensures:
            condition = engine.clause(clause, {"result": result})
            engine.assume(engine.truth(condition, clause.body), "")
    if isinstance(first, SInt) and isinstance(other, SInt):
        one = engine.theory.constant(1)
        near = [
            engine.theory.compare("<=", engine.theory.binary("-", a, b, True), one)
            for a, b in ((first, other), (other, first))
        ]
        goal = "two results that the postconditions allow differ by at most one"
        engine.check(Kind.POSTCONDITION, conjunction(near), source.node, goal)
    same = _equal(engine, first, other)
    engine.check(Kind.POSTCONDITION, same, source.node, "the postconditions allow one result only")
    return engine.vcs


def _equal(engine: Engine, a: Value, b: Value) -> Term:
    """Equality as Python's `==`; a position is a fresh constant, because the goal is negated."""
    if isinstance(a, STuple) and isinstance(b, STuple):
        return conjunction([_equal(engine, x, y) for x, y in zip(a.items, b.items, strict=True)])
    if isinstance(a, SMat) and isinstance(b, SMat):
        row, column = (z3.Int(engine.fresh(n)) for n in ("row", "column"))
        inside = z3.And(row >= 0, row < a.rows.term)
        cells = z3.Implies(
            z3.And(inside, column >= 0, column < a.width(row)),
            z3.Select(z3.Select(a.array, row), column)
            == z3.Select(z3.Select(b.array, row), column),
        )
        widths = z3.Implies(inside, a.width(row) == b.width(row))
        return z3.And(a.rows.term == b.rows.term, widths, cells)
    if isinstance(a, SSeq) and isinstance(b, SSeq):
        i = z3.Int(engine.fresh("i"))
        same = z3.Select(a.array, i) == z3.Select(b.array, i)
        inside = z3.And(i >= 0, i < a.length.term)
        return z3.And(a.length.term == b.length.term, z3.Implies(inside, same))
    assert isinstance(a, SInt | SBool) and isinstance(b, SInt | SBool)
    return a.term == b.term

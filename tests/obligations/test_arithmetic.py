"""The generator's arithmetic, over integers and as bit vectors, against Python's, by operator."""

from __future__ import annotations

import operator
import random
from pathlib import Path

import pytest
import z3

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.frontend import read_files
from veriquant_proofs.obligations import generate

EDGES = [0, 1, 2, 3, 5, 7, 8, 15, 16, 63, 64, 127, 255, 256, 2**31 - 1, 2**31]
EDGES += [-v for v in EDGES if v]
PYTHON = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}

MODULE = """
from typing import Annotated

from icontract import ensure, require
from veriquant_spec.markers import kernel
from veriquant_spec.types import Range

A = Annotated[int, Range(-(2**31), 2**31)]


@kernel({theory})
@require(lambda a, b: {defined})
@ensure(lambda a, b, c, result: (a {op} b == c) == (result == 1))
def f(a: A, b: A, c: Annotated[int, Range(-(2**62), 2**62)]) -> Annotated[int, Range(0, 1)]:
    return 1
"""


def pairs(op: str) -> list[tuple[int, int]]:
    chosen = random.Random(op)
    found = []
    while len(found) < 8:
        a, b = (
            chosen.choice(EDGES) if chosen.random() < 0.6 else chosen.randint(-40, 40)
            for _ in range(2)
        )
        if op not in ("//", "%") or b:
            found.append((a, b))
    return found


@pytest.mark.parametrize("theory", ["", 'theory="bv"'])
@pytest.mark.parametrize("op", PYTHON)
def test_operators_agree_with_python(op: str, theory: str, tmp_path: Path) -> None:
    """`a op b == c` is provable where Python says so, and refutable where `c` is one off."""
    defined = {"//": "b != 0", "%": "b != 0"}
    text = MODULE.format(op=op, theory=theory, defined=defined.get(op, "a == a"))
    file = tmp_path / "arithmetic.py"
    file.write_text(text, encoding="utf-8")
    program = read_files([file]).program
    (function,) = program.functions.values()
    (vc,) = [v for v in generate(program, function).vcs if v.kind is Kind.POSTCONDITION]
    solver = z3.Solver()
    solver.add(z3.parse_smt2_string(vc.smt2))
    symbols = {i.symbol: i.name for i in vc.inputs}
    known = {}
    for assertion in solver.assertions():
        stack = [assertion]
        while stack:
            part = stack.pop()
            if z3.is_const(part) and str(part) in symbols:
                known[symbols[str(part)]] = part
            stack += part.children()
    for a, b in pairs(op):
        for off in (0, 1, -1):
            c = PYTHON[op](a, b) + off
            if abs(c) > 2**62:
                continue
            solver.push()
            for name, value in (("a", a), ("b", b), ("c", c)):
                solver.add(known[name] == value)
            assert solver.check() == (z3.unsat if off == 0 else z3.sat), (a, op, b, c)
            solver.pop()

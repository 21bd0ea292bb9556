"""The two arithmetics of the generator against Python's integers, operator by operator."""

from __future__ import annotations

import random
from typing import Any

import pytest
import z3

from veriquant_proofs.vcgen import values as vcvalues
from veriquant_proofs.vcgen.values import BvTheory, IntTheory, SInt, Span, fold

EDGES = [0, 1, 2, 3, 5, 7, 8, 15, 16, 63, 64, 127, 255, 256, 2**31 - 1, 2**31, 2**62, 2**63 - 1]
EDGES += [-v for v in EDGES if v] + [-(2**63)]
OPERATORS = ["+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>"]

X, Y = z3.Ints("x y")
BX, BY = z3.BitVecs("bx by", 128)


def defined(op: str, b: int) -> bool:
    if op in ("//", "%"):
        return b != 0
    return op not in ("<<", ">>") or 0 <= b <= 64


def pairs(op: str, seed: int, count: int) -> list[tuple[int, int]]:
    chosen = random.Random(f"{seed}/{op}")
    found = []
    while len(found) < count:
        a, b = (
            chosen.choice(EDGES) if chosen.random() < 0.5 else chosen.randint(-40, 40)
            for _ in range(2)
        )
        if op in ("<<", ">>"):
            b = chosen.choice([0, 1, 2, 7, 31, 63, chosen.randint(0, 63)])
        if defined(op, b):
            found.append((a, b))
    return found


def around(value: int, chosen: random.Random) -> Span:
    """A true statement about a value, of any precision."""
    align = (value & -value).bit_length() - 1 if value else 64
    return chosen.choice(
        [
            Span(),
            Span(value, value + 1),
            Span(value - chosen.randint(0, 5), value + chosen.randint(1, 9)),
            Span(value - 3, None),
            Span(None, value),
            Span(min(value, 0) - 1, max(value, 0), chosen.randint(0, align)),
        ]
    )


def says(span: Span, value: int) -> bool:
    return (
        (span.low is None or span.low <= value)
        and (span.high is None or value <= span.high)
        and value % 2**span.align == 0
    )


class Ints:
    """An integer theory with the facts it assumed."""

    def __init__(self) -> None:
        self.facts: list[Any] = []
        self.count = 0
        self.theory = IntTheory(self.facts.append, self.fresh)

    def fresh(self, name: str) -> str:
        self.count += 1
        return f"{name}!{self.count}"

    def solver(self, a: int, b: int) -> Any:
        solver = z3.Solver()
        solver.add(*self.facts, a == X, b == Y)
        return solver


@pytest.mark.parametrize("op", OPERATORS)
def test_integers_agree_with_python(op: str) -> None:
    chosen = random.Random(op)
    decided = 0
    for number, (a, b) in enumerate(pairs(op, 1, 240)):
        ints = Ints()
        ground = number % 3 != 0
        left = SInt(X, around(a, chosen))
        right = SInt(Y, around(b, chosen))
        form = number % 4
        if form == 1:
            right = ints.theory.constant(b)
        elif form == 2:
            left = ints.theory.constant(a)
        expected = fold(op, a, b)
        result = ints.theory.binary(op, left, right, ground)
        assert says(result.span, expected), f"{a} {op} {b}: {result.span}"
        solver = ints.solver(a, b)
        if "bits." not in result.term.sexpr() or _defined_by(ints.facts, result.term):
            decided += 1
            solver.push()
            solver.add(result.term != expected)
            assert solver.check() == z3.unsat, f"{a} {op} {b} may differ from {expected}"
            solver.pop()
        solver.add(result.term == expected)
        assert solver.check() == z3.sat, f"{a} {op} {b} cannot be {expected}"
    assert decided >= {"|": 1, "^": 1, "&": 40, "<<": 60, ">>": 60}.get(op, 240)


def _defined_by(facts: list[Any], term: Any) -> bool:
    return any(z3.is_eq(f) and f.arg(0).eq(term) for f in facts)


@pytest.mark.parametrize("op", ["|", "^"])
def test_operands_without_common_bits_are_added(op: str) -> None:
    chosen = random.Random(f"joined {op}")
    for _ in range(200):
        shift = chosen.randint(1, 40)
        a, b = chosen.randrange(2**shift), chosen.choice(EDGES) << shift
        small, large = SInt(X, Span(0, 2**shift - 1)), SInt(Y, Span(None, None, shift))
        ints = Ints()
        operands = (small, large) if chosen.random() < 0.5 else (large, small)
        result = ints.theory.binary(op, *operands, True)
        solver = ints.solver(a, b)
        solver.add(result.term != fold(op, a, b))
        assert "bits." not in result.term.sexpr()
        assert solver.check() == z3.unsat
        assert says(result.span, fold(op, a, b))


@pytest.mark.parametrize("mask", [0, 1, 5, 6, 15, 127, 128, 0x5A, 0xFF00, 2**63 - 1, 2**64])
def test_masks_of_negative_and_positive_numbers(mask: int) -> None:
    for a in EDGES:
        ints = Ints()
        result = ints.theory.binary("&", SInt(X), ints.theory.constant(mask), True)
        value = z3.simplify(z3.substitute(result.term, (X, z3.IntVal(a))))
        assert value.as_long() == a & mask
        assert says(result.span, a & mask)


@pytest.mark.parametrize("op", ["+", "-", "*", "&", "|", "^", "<<", ">>"])
def test_vectors_agree_with_python(op: str) -> None:
    theory = BvTheory()
    for number, (a, b) in enumerate(pairs(op, 2, 400)):
        left = theory.constant(a) if number % 4 == 1 else SInt(BX)
        right = theory.constant(b) if number % 4 == 2 else SInt(BY)
        result = theory.binary(op, left, right, True)
        fixed = [(BX, z3.BitVecVal(a, 128)), (BY, z3.BitVecVal(b, 128))]
        value = z3.simplify(z3.substitute(result.term, *fixed))
        assert value.as_signed_long() == fold(op, a, b), f"{a} {op} {b}"
        assert says(result.span, fold(op, a, b))


@pytest.mark.parametrize("op", ["==", "!=", "<", "<=", ">", ">="])
def test_comparisons_agree_with_python(op: str) -> None:
    vectors, ints = BvTheory(), Ints().theory
    for a, b in pairs("+", 3, 200):
        expected = eval(f"{a} {op} {b}")
        fixed = [(X, z3.IntVal(a)), (Y, z3.IntVal(b))]
        plain = z3.substitute(ints.compare(op, SInt(X), SInt(Y)), *fixed)
        assert z3.is_true(z3.simplify(plain)) == expected
        fixed = [(BX, z3.BitVecVal(a, 128)), (BY, z3.BitVecVal(b, 128))]
        vector = z3.substitute(vectors.compare(op, SInt(BX), SInt(BY)), *fixed)
        assert z3.is_true(z3.simplify(vector)) == expected


def test_division_by_zero_and_negative_shifts_stay_open() -> None:
    """No fact may follow from an operation without a value: the check before it says so."""
    for op, b in (("//", 0), ("%", 0), (">>", -1), ("<<", -2), (">>", 100)):
        for ground in (True, False):
            ints = Ints()
            span = Span(0, 3) if op in ("<<", ">>") else Span()
            result = ints.theory.binary(op, SInt(X), SInt(Y, span), ground)
            for value in (0, 1, -7):
                solver = ints.solver(5, b)
                if op in ("//", "%") and ground:
                    solver.add(result.term == value)
                assert solver.check() == z3.sat


@pytest.mark.parametrize("seed", range(4))
def test_a_wrong_operator_is_noticed(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above has teeth: each of these wrong encodings fails it."""

    def truncating(self: Any, op: str, a: SInt, b: SInt, divisor: Any, ground: bool) -> SInt:
        quotient = z3.If((a.term < 0) == (b.term < 0), a.term / b.term, -((-a.term) / b.term))
        return SInt(quotient if op == "//" else a.term - quotient * b.term)

    wrong = [
        (IntTheory, "_divide", truncating, "//"),
        (IntTheory, "_mask", lambda self, a, mask: SInt(a.term % (mask + 1)), "&"),
        (vcvalues, "_disjoint", lambda small, aligned: True, "|"),
        (vcvalues, "multiply_spans", lambda a, b: vcvalues.add_spans(a, b), "*"),
    ]
    owner, name, replacement, op = wrong[seed]
    monkeypatch.setattr(owner, name, replacement)
    with pytest.raises(AssertionError):
        test_integers_agree_with_python(op)

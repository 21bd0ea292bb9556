"""The specification: lemmas sampled, requirements traced, facts about floats checked."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import icontract
import ml_dtypes
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veriquant_proofs.core.interpreter import Machine
from veriquant_proofs.core.syntax import Role
from veriquant_proofs.frontend import read_product
from veriquant_spec import grid, lemmas, matmul, packing
from veriquant_spec.markers import logic, range_of
from veriquant_spec.requirements import requirements
from veriquant_spec.rounding import is_nearest, is_rne, rne
from veriquant_spec.types import I8, U4, U7

PRODUCT = read_product()
LEMMAS = {
    f.id.name: f
    for f in PRODUCT.verified()
    if f.role is Role.LEMMA and f.id.module == lemmas.__name__
}

examples = settings(deadline=None, max_examples=80, derandomize=True)


def ints(kind: object) -> st.SearchStrategy[int]:
    bounds = range_of(kind)
    assert bounds is not None
    return st.integers(bounds.low, bounds.high)


wide = st.one_of(st.integers(-50, 50), st.integers(-(2**80), 2**80))
positive = st.one_of(st.integers(1, 12), st.integers(1, 2**80))
levels = st.sampled_from([8, 16])
rationals = st.fractions(max_denominator=10**6)

# ------------------------------------------------------------------ hypotheses of the lemmas
# Each draws arguments that satisfy the lemma's preconditions by construction.


def rounding_error(draw: Any) -> tuple[Any, ...]:
    n, s = draw(wide), draw(st.fractions(min_value=Fraction(1, 10**6), max_value=10**6))
    off = draw(st.fractions(min_value=Fraction(-1, 2), max_value=Fraction(1, 2)))
    x = n + draw(st.sampled_from([off, Fraction(1, 2), Fraction(-1, 2)]))
    return n, x, x * s, s


def rne_unique(draw: Any) -> tuple[Any, ...]:
    b = draw(positive)
    a = draw(st.one_of(wide, st.builds(lambda n: (2 * n + 1) * b // 2, st.integers(-9, 9))))
    return rne(Fraction(a, b)), rne(Fraction(a, b)), a, b


def nearest_zero(draw: Any) -> tuple[Any, ...]:
    b = draw(positive)
    return draw(st.integers(-(b // 2), b // 2)), b


def _grid(draw: Any) -> tuple[int, int, int, int, int]:
    """`lo, hi, s, z, levels` of a grid that covers its group."""
    count, s = draw(levels), draw(positive)
    span = draw(st.one_of(st.integers(0, (count - 1) * s), st.just((count - 1) * s)))
    lo = -draw(st.integers(0, span))
    return lo, span + lo, s, rne(Fraction(-lo, s)), count


def grid_covers(draw: Any) -> tuple[Any, ...]:
    lo, hi, s, z, count = _grid(draw)
    w = draw(st.one_of(st.integers(lo, hi), st.sampled_from([lo, hi])))
    return w, lo, hi, s, z, count


def zero_point_is_code(draw: Any) -> tuple[Any, ...]:
    lo, _, s, z, count = _grid(draw)
    return lo, s, z, count


def clamped_error(draw: Any) -> tuple[Any, ...]:
    count, s = draw(levels), draw(positive)
    z = draw(st.integers(0, count - 1))
    low, high = -((2 * z + 1) * s // 2), (2 * (count - 1 - z) + 1) * s // 2
    w = draw(st.one_of(st.integers(low, high), st.sampled_from([low, high])))
    return rne(Fraction(w, s)), w, s, z, count


def _near_tie(draw: Any) -> tuple[int, int, int]:
    b, m = draw(st.integers(1, 2**19 - 1)), draw(st.integers(1, 2**6 - 1))
    return draw(st.integers(1, 2**24 - 1)), b, m


def quotient_avoids_tie_above(draw: Any) -> tuple[Any, ...]:
    a, b, m = _near_tie(draw)
    shift = draw(st.one_of(st.integers(1, 2**30), st.integers(0, 60).map(lambda g: 2**g)))
    close = max(1, (m * b + draw(st.integers(-1, 1))) // shift)  # a quotient at the tie
    a = draw(st.sampled_from([a, min(close, 2**24 - 1)]))
    return a, b, m, shift + (shift * a == m * b)


def quotient_avoids_tie_below(draw: Any) -> tuple[Any, ...]:
    a, b, m = _near_tie(draw)
    c = draw(st.one_of(st.integers(1, 2**30), st.integers(0, 60).map(lambda g: 2**g)))
    a = draw(st.sampled_from([a, min(max(1, (m * b * c) // 2), 2**24 - 1)]))
    return a, b, m, c + (2 * a == m * b * c)


def squared_error(draw: Any) -> tuple[Any, ...]:
    s = abs(draw(rationals))
    return s * draw(st.fractions(min_value=Fraction(-1, 2), max_value=Fraction(1, 2))), s


def _column(draw: Any) -> tuple[Any, ...]:
    size = draw(st.integers(0, 12))
    a = draw(st.lists(ints(I8), min_size=size, max_size=size + 2))
    q = draw(st.lists(ints(U4), min_size=size, max_size=size + 2))
    return a, q, draw(st.integers(0, 15)), draw(st.integers(0, size))


def _grouped(draw: Any) -> tuple[Any, ...]:
    size, group = draw(st.integers(0, 12)), draw(st.integers(1, 5))
    a = draw(st.lists(ints(I8), min_size=size, max_size=size + 2))
    q = draw(st.lists(ints(U4), min_size=size, max_size=size + 2))
    zeros = draw(st.lists(ints(U4), min_size=-(-size // group), max_size=13))
    return a, q, zeros, group, size


def segment_bound(draw: Any) -> tuple[Any, ...]:
    *whole, size = _grouped(draw)
    return *whole, draw(st.integers(0, size)), size


def composition_step(draw: Any) -> tuple[Any, ...]:
    error, factor, eps = draw(rationals), abs(draw(rationals)), draw(rationals)
    bound = error + abs(draw(rationals))
    return error, bound, factor * error + eps - abs(draw(rationals)), factor, eps


def straddling_pair(draw: Any) -> tuple[Any, ...]:
    return *(draw(ints(U7)) for _ in range(3)), draw(st.integers(1, 6))


def stream_round_trip(draw: Any) -> tuple[Any, ...]:
    pairs = draw(st.lists(ints(U7), min_size=1, max_size=20))
    return pairs, list(packing.stream(pairs)), draw(st.integers(0, len(pairs) - 1))


HYPOTHESES: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "rounding_error": rounding_error,
    "rne_unique": rne_unique,
    "nearest_zero": nearest_zero,
    "grid_covers": grid_covers,
    "zero_point_is_code": zero_point_is_code,
    "clamped_error": clamped_error,
    "quotient_avoids_tie_above": quotient_avoids_tie_above,
    "quotient_avoids_tie_below": quotient_avoids_tie_below,
    "squared_error": squared_error,
    "dot_bound": _column,
    "dot_fits": _column,
    "column_bound_holds": _column,
    "grouped_bound_holds": _grouped,
    "segment_bound": segment_bound,
    "composition_step": composition_step,
    "straddling_pair": straddling_pair,
    "stream_round_trip": stream_round_trip,
}


def test_every_lemma_is_sampled() -> None:
    assert set(HYPOTHESES) == set(LEMMAS)


@pytest.mark.parametrize("name", sorted(HYPOTHESES))
def test_lemma_holds(name: str) -> None:
    statement = getattr(lemmas, name)

    @examples
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        arguments = HYPOTHESES[name](data.draw)
        assert statement(*arguments) is True
        assert Machine(PRODUCT.program).call(LEMMAS[name].id, list(arguments)) is True

    holds()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("rounding_error", (3, Fraction(4), Fraction(4), Fraction(1))),
        ("rne_unique", (1, 2, 3, 2)),
        ("grid_covers", (9, 0, 8, 1, 0, 8)),
        ("stream_round_trip", ([5], [6], 0)),
    ],
)
def test_false_hypotheses_are_refused(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(icontract.ViolationError):
        getattr(lemmas, name)(*arguments)


def test_straddling_pair_exhaustively() -> None:
    """All 128**3 * 6 cases of the bit-vector lemma, its own text evaluated on arrays."""
    (clause,) = LEMMAS["straddling_pair"].ensures
    code = compile(clause.place.text, "lemma", "eval")
    y, z = np.meshgrid(np.arange(128), np.arange(128), indexing="ij")
    for r in range(1, 7):
        for x in range(128):
            assert np.all(eval(code, {"x": x, "y": y, "z": z, "r": r}))
    assert not np.all(eval(code, {"x": 1, "y": y, "z": z, "r": 9}))


# ------------------------------------------------------------------ definitions against themselves


@examples
@given(st.integers(-99, 99), st.integers(1, 12))
def test_rne_is_what_its_predicates_say(a: int, b: int) -> None:
    q = rne(Fraction(a, b))
    assert is_nearest(q, a, b) and is_rne(q, a, b)
    assert [p for p in range(q - 2, q + 3) if is_rne(p, a, b)] == [q]


@examples
@given(st.lists(ints(U7), max_size=20))
def test_stream_predicates_are_the_definition(pairs: list[int]) -> None:
    data = packing.stream(pairs)
    assert packing.unstream(data, len(pairs)) == pairs
    for i, pair in enumerate(pairs):
        assert packing.pair_bits(list(data), i) == pair
    for t, byte in enumerate(data):
        assert packing.byte_bits(pairs, len(pairs), t) == byte


@examples
@given(st.lists(st.tuples(ints(I8), ints(U4)), max_size=12), st.integers(0, 15))
def test_recursive_sums_are_sums(rows: list[tuple[int, int]], zero: int) -> None:
    a, q = [r[0] for r in rows], [r[1] for r in rows]
    for n in range(len(rows) + 1):
        assert matmul.dot(a, q, zero, n) == sum(x * (c - zero) for x, c in rows[:n])
        assert matmul.distance(q, zero, n) == sum(abs(c - zero) for c in q[:n])


@logic
def rise(n: int) -> int:
    return rise(n - 1) + 1 if n > 0 else n


def test_a_recursion_below_zero_is_its_last_case() -> None:
    assert [rise(n) for n in (-3, 0, 3)] == [-3, 0, 3]


def test_fit_group_reports_a_scale_that_is_too_small() -> None:
    with pytest.raises(ValueError, match="needs k = 300 > 255"):
        grid.fit_group([Fraction(300 * 7)], Fraction(1), 8)


# ------------------------------------------------------------------ requirements


def test_requirement_ids_are_known_and_claimed() -> None:
    known = requirements()
    claimed: dict[str, set[str]] = {}
    for function in PRODUCT.verified():
        if function.role is Role.LOGIC or function.id.module == "veriquant_spec.sequences":
            continue  # what built-in functions mean is the verifier's own
        assert function.requirements, f"{function.label} names no requirement"
        for entry in function.requirements:
            assert entry in known, f"{function.label} names {entry}, which does not exist"
            claimed.setdefault(entry, set()).add(function.label)
            if function.theorem is not None:
                assert known[entry].theorem == function.theorem, function.label
    assert set(claimed) == set(known), f"claimed by nothing: {set(known) - set(claimed)}"


def test_requirements_are_well_formed() -> None:
    theorems = {"T1", "T1c", "T1f", "T1n", "T2", "T2c", "T3", "T4", "T5"}
    assert {r.theorem for r in requirements().values()} == theorems
    for entry in requirements().values():
        assert entry.text.endswith(".") and entry.source


# ------------------------------------------------------------------ floats (T1f, T5)

Floats = npt.NDArray[np.float32]


def _bfloat16(count: int, generator: np.random.Generator) -> Floats:
    bits = generator.integers(0x0080, 0x7F00, count, dtype=np.uint16)
    return bits.view(ml_dtypes.bfloat16).astype(np.float32)


def _float16(count: int, generator: np.random.Generator) -> Floats:
    bits = generator.integers(0x0001, 0x7C00, count, dtype=np.uint16)
    return bits.view(np.float16).astype(np.float32)


def _codes_agree(w: Floats, s: npt.NDArray[np.float64]) -> None:
    w, s = w[np.isfinite(w)], s[np.isfinite(w)]
    assert w.size > 3000
    computed = np.rint(w.astype(np.float64) / s)
    for x, y, q in zip(w.tolist(), s.tolist(), computed.tolist(), strict=True):
        assert rne(Fraction(x) / Fraction(y)) == q, (x, y)


@pytest.mark.parametrize("scales", [_float16, _bfloat16])
def test_division_in_float64_rounds_to_the_exact_code(scales: Any) -> None:
    """T1f on random float32 weights, and on the float32 numbers next to every tie."""
    generator = np.random.default_rng(7)
    unit = scales(4000, generator)
    k = generator.integers(1, 256, unit.size)
    s = unit.astype(np.float64) * k  # exact: 11 + 8 significant bits
    near = s * generator.uniform(-17, 17, s.size)
    with np.errstate(over="ignore"):  # a weight beyond float32 is left out
        _codes_agree(near.astype(np.float32), s)
        tie = (s * (generator.integers(-17, 17, s.size) + 0.5)).astype(np.float32)
        for w in (tie, np.nextafter(tie, np.float32(1)), np.nextafter(tie, np.float32(-1))):
            _codes_agree(w, s)


def test_division_in_float32_would_not() -> None:
    """With scales and quotients in float32, quotients do round onto ties the exact ones miss."""
    generator = np.random.default_rng(3)
    s = generator.uniform(1, 2, 20000).astype(np.float32)
    w = (s.astype(np.float64) * (generator.integers(-17, 17, s.size) + 0.5)).astype(np.float32)
    wrong = np.rint(w / s) != [
        rne(Fraction(x) / Fraction(y)) for x, y in zip(w.tolist(), s.tolist(), strict=True)
    ]
    assert np.count_nonzero(wrong) > 100
    _codes_agree(w, s.astype(np.float64))


def test_products_are_exact_in_float32() -> None:
    """T5: `(q - z) * k` times any 16-bit scale is a float32, for every float16 scale there is."""
    generator = np.random.default_rng(11)
    scales = np.arange(0x0001, 0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    extremes = [-3825, -1, 0, 1, 3825]
    for steps in [*extremes, *generator.integers(-3825, 3826, 60).tolist()]:
        product = np.float32(steps) * scales
        assert np.array_equal(product.astype(np.float64), steps * scales.astype(np.float64))
    small = _bfloat16(20000, generator)
    steps = generator.integers(-3825, 3826, small.size)
    exact = steps * small.astype(np.float64)  # 12 + 8 bits: exact in float64
    inside = np.abs(exact) <= np.finfo(np.float32).max
    product = steps[inside].astype(np.float32) * small[inside]
    assert np.array_equal(product.astype(np.float64), exact[inside])


def test_exactness_needs_sixteen_bit_scales() -> None:
    product = np.float32(3825) * np.float32(1.0000001)
    assert Fraction(float(product)) != 3825 * Fraction(float(np.float32(1.0000001)))

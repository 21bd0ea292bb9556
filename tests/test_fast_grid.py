"""Grids and codes of whole tensors against exact arithmetic, bit for bit (T1c, T1f)."""

from __future__ import annotations

import inspect
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veriquant.errors import QuantizationError
from veriquant.fast import grid
from veriquant.kernels import grid as kernels
from veriquant_spec import grid as spec

RNG = np.random.default_rng(7)
LEVELS = (16, 8)
weight_range = inspect.unwrap(kernels.weight_range)
group_scale = inspect.unwrap(kernels.group_scale)
zero_point = inspect.unwrap(kernels.zero_point)
quantize_code = inspect.unwrap(kernels.quantize_code)


def fix(x: object) -> int:
    """A float as an integer in units of 2**-149, exactly."""
    value = Fraction(float(x)) * 2**149  # type: ignore[arg-type]
    assert value.denominator == 1
    return int(value)


def check_exactly(w: np.ndarray, perm: np.ndarray, group_size: int, scale_dtype: str) -> None:
    """Every S, k, z and code of `w` against the reference kernels and the definition of `S`."""
    fitted = grid.fit_rtn(w, perm, group_size, scale_dtype)  # type: ignore[arg-type]
    codes = grid.quantize_codes(w, perm, group_size, fitted)
    table = grid.positive_floats("float16" if fitted.scales.dtype == np.float16 else "bfloat16")
    pairs = len(perm) // 2
    size = group_size or pairs
    padded = np.concatenate([w, np.zeros((len(w), 1), np.float32)], axis=1)[:, perm]
    for row in range(len(w)):
        for half, levels in enumerate(LEVELS):
            values = [fix(x) for x in padded[row, half * pairs : (half + 1) * pairs]]
            groups = [values[i : i + size] for i in range(0, pairs, size)]
            ranges = [weight_range(g) for g in groups]
            unit = fix(fitted.scales[row, half])
            widest = max(hi - lo for lo, hi in ranges)
            if widest == 0:
                assert unit == fix(1.0)
            else:
                assert widest <= (levels - 1) * unit * 255
                place = int(np.searchsorted(table, float(fitted.scales[row, half])))
                assert place == 0 or (levels - 1) * fix(table[place - 1]) * 255 < widest
            for g, (values, (lo, hi)) in enumerate(zip(groups, ranges, strict=True)):
                k = int(fitted.group_scales[row, g, half])
                zero = int((fitted.zeros_wide, fitted.zeros_narrow)[half][row, g])
                assert k == group_scale(hi - lo, unit, levels)
                assert zero == zero_point(lo, k * unit, levels)
                found = codes[half][row, g * size : (g + 1) * size].tolist()
                assert found == [quantize_code(v, k * unit, zero, levels) for v in values]


def order(channels: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).permutation(channels + channels % 2).astype(np.uint32)


SHAPES = [(3, 8, 0), (2, 33, 0), (2, 64, 8), (2, 150, 7), (1, 1, 64), (2, 2, 1), (4, 300, 64)]


@pytest.mark.parametrize("scale_dtype", ["auto", "float16", "bfloat16"])
@pytest.mark.parametrize(("rows", "channels", "group_size"), SHAPES)
def test_random_tensors(rows: int, channels: int, group_size: int, scale_dtype: str) -> None:
    w = RNG.standard_normal((rows, channels), dtype=np.float32)
    check_exactly(w, order(channels), group_size, scale_dtype)


@pytest.mark.parametrize("power", [-149, -140, -133, -126, -100, -30, -24, -14, -7, 0, 12, 60, 120])
def test_all_magnitudes(power: int) -> None:
    """From the least denormal float32 to nearly the largest number."""
    w = (RNG.uniform(-1, 1, (2, 20)) * 2.0**power).astype(np.float32)
    check_exactly(w, order(20), 4, "bfloat16")
    check_exactly(w, order(20), 4, "auto")


def test_mixed_magnitudes_where_the_span_is_not_a_float64() -> None:
    """hi - lo needs up to 277 bits: the boundary must still be decided exactly."""
    tiny = np.float32(2.0**-149)
    w = np.array([[1.0, -tiny, 0, 0], [-1.0, tiny, 3 * tiny, 0], [2.0**100, -1.0, 0, 0]])
    w = np.repeat(w.astype(np.float32), 2, axis=1)
    check_exactly(w, np.arange(8, dtype=np.uint32), 0, "bfloat16")
    perm = np.array([0, 2, 4, 6, 1, 3, 5, 7], np.uint32)
    check_exactly(w, perm, 0, "bfloat16")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("half", [0, 1])
def test_spans_at_the_boundaries_of_scale_and_factor(dtype: str, half: int) -> None:
    """Spans of exactly (L-1) k S, and one float32 below and above, for many S and k."""
    levels = LEVELS[half]
    table = grid.positive_floats(dtype)  # type: ignore[arg-type]
    near_one = np.flatnonzero((table > 2.0**-6) & (table < 2.0**4))
    rows = []
    for s in table[RNG.choice(near_one, 60, replace=False)]:
        for k in (1, 2, 3, 127, 128, 254, 255):
            span = np.float32((levels - 1) * k * s)
            for x in (np.nextafter(span, np.float32(0)), span, np.nextafter(span, np.float32(9e9))):
                widest = np.float32((levels - 1) * 255 * s)
                for top in (widest, np.nextafter(widest, np.float32(0))):
                    rows.append([top, x] if half == 0 else [x, top])
                    rows.append([-top, x])
    w = np.array(rows, np.float32)
    zero = np.zeros_like(w)
    w = np.concatenate([w, zero] if half == 0 else [zero, w], axis=1)
    check_exactly(w, np.arange(4, dtype=np.uint32), 1, dtype)


@pytest.mark.parametrize("half", [0, 1])
def test_spans_a_trifle_above_a_boundary(half: int) -> None:
    """(L-1) k S plus the least float32: float64 cannot hold the span, k and S must still grow."""
    levels = LEVELS[half]
    rows = []
    for s in (1.0, 2.0**-13, 1.5, 1023 / 1024, 37 / 512):
        for k in range(1, 256):
            for trifle in (0.0, 2.0**-149, 2.0**-60, 2.0**-40):
                rows.append([(levels - 1) * k * s, -trifle, (levels - 1) * 255 * s, -trifle])
    w = np.array(rows, np.float32)
    other = np.zeros_like(w)
    w = np.concatenate([w, other] if half == 0 else [other, w], axis=1)
    check_exactly(w, np.arange(8, dtype=np.uint32), 2, "float16")
    # And without the trifle in the second group, where k must be 255 with the same S.
    w[:, 4 * half + 3] = 0
    check_exactly(w, np.arange(8, dtype=np.uint32), 2, "float16")


def test_rounding_ties() -> None:
    """Weights exactly half way between codes, and one float32 beside: ties go to even."""
    rows = []
    for s in (1.0, 2.0**-10, 3.0 * 2.0**-8, 255.0):
        for shift in (0, 5, 7):
            ties = np.array([(i + 0.5 - shift) * s for i in range(15)], np.float32)
            ends = np.array([(15 - shift) * s, -shift * s], np.float32)
            for to in (-np.inf, np.inf, 0):
                near = ties if to == 0 else np.nextafter(ties, np.float32(to))
                row = np.concatenate([near, ends])
                rows.append(np.concatenate([row, row / np.float32(15) * np.float32(7)]))
    check_exactly(np.array(rows, np.float32), np.arange(34, dtype=np.uint32), 0, "auto")


@pytest.mark.parametrize("value", [1.0, -1.0, 0.3, -1e-20, 1e20])
def test_constant_and_one_signed_channels(value: float) -> None:
    w = np.full((3, 12), value, np.float32)
    w[1] *= np.linspace(0.5, 1, 12, dtype=np.float32)
    w[2, 3:] = 0
    check_exactly(w, order(12), 2, "auto")


def test_zeros_have_unit_scale() -> None:
    w = np.zeros((4, 300), np.float32)
    w[1, 0] = 1
    fitted = grid.fit_rtn(w, np.arange(300, dtype=np.uint32), 64)
    assert fitted.scales.dtype == np.float16
    assert fitted.scales[0].tolist() == [1, 1] and fitted.scales[1, 1] == 1
    assert (fitted.group_scales[2:] == 1).all()
    assert not fitted.zeros_wide.any() and not fitted.zeros_narrow.any()
    negative = grid.fit_rtn(-w, np.arange(300, dtype=np.uint32), 64)
    assert negative.zeros_wide[1, 0] == 15


floats = st.floats(
    width=32, allow_nan=False, allow_infinity=False, min_value=-(2.0**126), max_value=2.0**126
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(floats, min_size=2, max_size=24),
    st.integers(0, 5),
    st.sampled_from(["auto", "bfloat16"]),
)
def test_any_floats(values: list[float], group_size: int, scale_dtype: str) -> None:
    w = np.array([values, [v / 3 for v in values]], np.float32)
    check_exactly(w, order(w.shape[1], 1), group_size, scale_dtype)


def test_specification_agrees() -> None:
    """The readable specification over fractions, on one tensor."""
    w = RNG.standard_normal((4, 40), dtype=np.float32)
    perm = order(40)
    fitted = grid.fit_rtn(w, perm, 5)
    wide, _ = grid.quantize_codes(w, perm, 5, fitted)
    for row in range(4):
        for g in range(4):
            values = [Fraction(float(x)) for x in w[row, perm[5 * g : 5 * g + 5]]]
            expected = spec.fit_group(values, Fraction(float(fitted.scales[row, 0])), 16)
            assert expected.k == fitted.group_scales[row, g, 0]
            assert expected.zero == fitted.zeros_wide[row, g]
            found = wide[row, 5 * g : 5 * g + 5].tolist()
            assert found == [spec.quantize(v, expected) for v in values]


def test_auto_takes_bfloat16_where_float16_is_not_normal() -> None:
    w = np.ones((2, 8), np.float32)
    perm = np.arange(8, dtype=np.uint32)
    assert grid.fit_rtn(w, perm, 0).scales.dtype == np.float16
    w[1, :4] *= 1e-6
    assert grid.fit_rtn(w, perm, 0).scales.dtype == ml_dtypes.bfloat16
    forced = grid.fit_rtn(w, perm, 0, "float16")
    assert forced.scales.dtype == np.float16  # a subnormal scale: larger than need be, still T1c
    w[1, :4] = 1e9
    assert grid.fit_rtn(w, perm, 0).scales.dtype == ml_dtypes.bfloat16
    with pytest.raises(QuantizationError, match=r"output channel 1, wide half.*float16.*1e\+09"):
        grid.fit_rtn(w, perm, 0, "float16")


def test_packed_at_once_equals_codes_packed() -> None:
    from veriquant.fast.pack import pack_rows

    for rows, channels, group_size in SHAPES:
        w = RNG.standard_normal((rows, channels), dtype=np.float32)
        perm = order(channels)
        fitted = grid.fit_rtn(w, perm, group_size)
        expected = pack_rows(*grid.quantize_codes(w, perm, group_size, fitted))
        np.testing.assert_array_equal(grid.quantize_packed(w, perm, group_size, fitted), expected)


def test_clipping_grids_of_other_methods() -> None:
    """Any S, k, z, also ones that do not cover the weights: codes are clamped, never wrapped."""
    w = RNG.standard_normal((3, 40), dtype=np.float32) * np.float32(1e6)
    w[0, 0] = np.float32(3e38)
    perm = order(40)
    shape = (3, 4)
    given_grid = grid.Grid(
        np.full((3, 2), 2.0**-10, np.float16),
        RNG.integers(1, 256, (*shape, 2), dtype=np.uint8),
        RNG.integers(0, 16, shape, dtype=np.uint8),
        RNG.integers(0, 8, shape, dtype=np.uint8),
    )
    codes = grid.quantize_codes(w, perm, 5, given_grid)
    for half, levels in enumerate(LEVELS):
        zeros = (given_grid.zeros_wide, given_grid.zeros_narrow)[half]
        for row in range(3):
            for i in range(20):
                step = fix(2.0**-10) * int(given_grid.group_scales[row, i // 5, half])
                value = fix(w[row, perm[20 * half + i]])
                expected = quantize_code(value, step, int(zeros[row, i // 5]), levels)
                assert codes[half][row, i] == expected


def test_salience_is_the_norm_and_threads_do_not_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from veriquant.fast import threads

    w = RNG.standard_normal((2000, 400), dtype=np.float32)
    results = []
    for count in ("1", "3"):
        monkeypatch.setenv("VERIQUANT_NUM_THREADS", count)
        threads.reset()
        results.append(grid.salience_of(w))
    monkeypatch.undo()
    threads.reset()
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_allclose(results[0], np.linalg.norm(w.astype(np.float64), axis=0))
    x = RNG.standard_normal((5, 400))
    np.testing.assert_allclose(grid.salience_of(w, x), results[0] * np.abs(x).mean(axis=0))


def test_ranking_is_stable_and_pads_odd_lengths() -> None:
    assert grid.rank_channels(np.array([1.0, 3.0, 1.0, 3.0])).tolist() == [1, 3, 0, 2]
    assert grid.rank_channels(np.array([0.0, 2.0, 0.0])).tolist() == [1, 0, 2, 3]

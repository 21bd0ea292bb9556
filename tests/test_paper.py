"""The outline's own quantizer, as 3.2 and 3.3 state it."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriquant_spec.paper import (
    paper_dequantize,
    paper_errors_in_steps,
    paper_pack,
    paper_quantize,
    selection_bits,
    top_half,
)
from veriquant_spec.rounding import rne

weights = st.fractions(min_value=-100, max_value=100, max_denominator=64)
channels = st.lists(weights, min_size=2, max_size=12).filter(lambda w: len(set(w)) > 1)


def test_worked_example() -> None:
    """By hand: scale 15/15 = 1, zero point 8, top half by magnitude {-8, 7}; 7 is not clipped."""
    quantized = paper_quantize([Fraction(w) for w in (-8, 7, 1, -2)])
    assert quantized.scale == 1
    assert quantized.zero == 8
    assert quantized.wide == (True, True, False, False)
    assert quantized.codes == (0, 15, 7, 6)  # 1 + 8 = 9 is clipped at 7
    assert paper_dequantize(quantized) == (-8, 7, -1, -2)


def test_ties_in_magnitude_keep_their_order() -> None:
    assert top_half([Fraction(w) for w in (1, -1, 1, 1)]) == (True, True, False, False)
    assert top_half([Fraction(w) for w in (1, 2, 3)]) == (False, True, True)


def test_constant_channel_divides_by_zero() -> None:
    with pytest.raises(ZeroDivisionError):
        paper_quantize([Fraction(3)] * 4)
    with pytest.raises(ValueError, match="empty"):
        paper_quantize([])


@given(channels)
def test_follows_the_outlines_formulas(channel: list[Fraction]) -> None:
    quantized = paper_quantize(channel)
    assert quantized.scale == (max(channel) - min(channel)) / 15
    assert quantized.zero == -rne(min(channel) / quantized.scale)
    for w, code, wide in zip(channel, quantized.codes, quantized.wide, strict=True):
        limit = 15 if wide else 7
        assert code == min(max(rne(w / quantized.scale) + quantized.zero, 0), limit)


@given(channels)
def test_unclipped_weights_keep_half_a_step_and_none_exceeds_eight_and_a_half(
    channel: list[Fraction],
) -> None:
    quantized = paper_quantize(channel)
    errors = paper_errors_in_steps(channel)
    for w, error, wide in zip(channel, errors, quantized.wide, strict=True):
        free = rne(w / quantized.scale) + quantized.zero
        if 0 <= free <= (15 if wide else 7):
            assert error <= Fraction(1, 2)
        assert error <= Fraction(17, 2)


@given(channels)
def test_scaling_all_weights_changes_no_code(channel: list[Fraction]) -> None:
    """What lets the search use integer weights only."""
    assert paper_quantize([3 * w for w in channel]).codes == paper_quantize(channel).codes


@given(channels)
def test_more_than_half_of_the_weights_have_wide_magnitude(channel: list[Fraction]) -> None:
    wide = top_half(channel)
    assert sum(wide) == math.ceil(len(channel) / 2)
    smallest = min(abs(w) for w, is_wide in zip(channel, wide, strict=True) if is_wide)
    assert all(abs(w) <= smallest for w, is_wide in zip(channel, wide, strict=True) if not is_wide)


def test_one_pair_takes_a_byte() -> None:
    quantized = paper_quantize([Fraction(w) for w in (-8, 7, 1, -2)])
    assert paper_pack(quantized) == bytes([0 + 16 * 7, 15 + 16 * 6])
    with pytest.raises(ValueError, match="pad"):
        paper_pack(paper_quantize([Fraction(w) for w in (1, 2, 3)]))


@pytest.mark.parametrize("count", [2, 4, 9, 64])
def test_selection_bits_are_the_least_that_number_all_halves(count: int) -> None:
    halves = math.comb(count, (count + 1) // 2)
    assert 2 ** selection_bits(count) >= halves > 2 ** (selection_bits(count) - 1)

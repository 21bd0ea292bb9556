"""The outline's own quantizer, word for word (paper 3.2 and 3.3), over exact rationals.

It exists to be measured and refuted, not to be used: its narrow codes share the wide codes' scale
and are clipped at 7, so its error is not bounded by half a step. Where the outline leaves a choice
open, the docstring says what is taken. `veriquant_spec.grid` is the sound replacement.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from veriquant_spec.packing import pack
from veriquant_spec.rounding import rne

#: Paper 3.3 divides the range of a channel into 15 steps for both code widths.
STEPS = 15
WIDE_MAX = 15
NARROW_MAX = 7


@dataclass(frozen=True, slots=True)
class PaperChannel:
    """One quantized channel: `W[:, c]` of paper 3.3.

    `codes[i]` is the code of weight `i`, `wide[i]` whether it has four bits; `zero` is the zero
    point, which paper 3.3 does not confine to `0..15`.
    """

    scale: Fraction
    zero: int
    codes: tuple[int, ...]
    wide: tuple[bool, ...]


def top_half(channel: Sequence[Fraction]) -> tuple[bool, ...]:
    """Which weights get four bits: the half of largest magnitude (paper 3.2).

    Ties keep the order of the channel; of an odd number the larger half is wide. The outline
    ranks single weights; ranking inside the channel is what lets its codes pair up.
    """
    order = sorted(range(len(channel)), key=lambda i: -abs(channel[i]))
    wide = set(order[: (len(channel) + 1) // 2])
    return tuple(i in wide for i in range(len(channel)))


def paper_quantize(channel: Sequence[Fraction]) -> PaperChannel:
    """Quantize one channel as paper 3.3 states it; `round` is taken to nearest, ties to even.

    Raises ValueError for an empty channel and ZeroDivisionError for a constant one, where the
    outline's scale is zero and its next line divides by it.
    """
    if not channel:
        raise ValueError("an empty channel has no minimum and no maximum")
    scale = Fraction(max(channel) - min(channel)) / STEPS
    zero = -rne(min(channel) / scale)
    wide = top_half(channel)
    codes = tuple(
        min(max(rne(w / scale) + zero, 0), WIDE_MAX if is_wide else NARROW_MAX)
        for w, is_wide in zip(channel, wide, strict=True)
    )
    return PaperChannel(scale, zero, codes, wide)


def paper_dequantize(channel: PaperChannel) -> tuple[Fraction, ...]:
    """`(Q - zero_point) * scale` (paper 3.4)."""
    return tuple((q - channel.zero) * channel.scale for q in channel.codes)


def paper_errors_in_steps(channel: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """`|w' - w| / scale` of every weight: Theorem 1 of the outline says at most 1/2."""
    quantized = paper_quantize(channel)
    values = paper_dequantize(quantized)
    return tuple(abs(value - w) / quantized.scale for value, w in zip(values, channel, strict=True))


def paper_pack(channel: PaperChannel) -> bytes:
    """One pair per byte, `(q1 & 0xF) | ((q2 & 0x7) << 4)` (paper 3.2 and Abstract).

    The i-th wide code meets the i-th narrow code in channel order; which weights are wide is not
    stored, because the outline stores it nowhere. Raises ValueError for an odd number of weights.
    """
    wide = [q for q, is_wide in zip(channel.codes, channel.wide, strict=True) if is_wide]
    narrow = [q for q, is_wide in zip(channel.codes, channel.wide, strict=True) if not is_wide]
    if len(wide) != len(narrow):
        raise ValueError(f"{len(channel.codes)} codes do not pair up: pad the channel to even")
    return bytes(pack(a, b) for a, b in zip(wide, narrow, strict=True))


def selection_bits(weights: int) -> int:
    """Bits that say which half of `weights` weights is wide: `ceil(log2 C(n, ceil(n/2)))`.

    Without them the codes cannot be put back in place; no code for arbitrary halves needs fewer.
    """
    return (math.comb(weights, (weights + 1) // 2) - 1).bit_length()

"""Pairs and pair streams (design section 3, theorem T4).

A pair is seven bits, `wide | narrow << 4`. The stream of `P` pairs is the little-endian byte
string of the number `sum(pair[i] * 128**i)`, in `ceil(7 P / 8)` bytes: pair `i` sits at bits
`7 i .. 7 i + 6`, and the bits above the last pair are zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from veriquant_spec.markers import logic


def pack(wide: int, narrow: int) -> int:
    """The pair `wide + 16 * narrow`, in 0..127."""
    return wide + 16 * narrow


def unpack(pair: int) -> tuple[int, int]:
    """`(wide, narrow)` of a pair."""
    return pair % 16, pair // 16


@logic
def size(pairs: int) -> int:
    """Bytes of a stream of `pairs` pairs: `ceil(7 * pairs / 8)`."""
    return (7 * pairs + 7) // 8


def stream(pairs: Sequence[int]) -> bytes:
    """The pair stream, from its definition as one number."""
    number: int = sum(pair * 128**i for i, pair in enumerate(pairs))
    return number.to_bytes(size(len(pairs)), "little")


def unstream(data: bytes, count: int) -> list[int]:
    """The first `count` pairs of a stream, from its definition as one number."""
    number = int.from_bytes(data, "little")
    return [number // 128**i % 128 for i in range(count)]


@logic
def pair_bits(data: Sequence[int], i: int) -> int:
    """Bits `7 i .. 7 i + 6` of the byte string: from one byte, or from two when they straddle."""
    return (
        (data[7 * i // 8] >> 7 * i % 8)
        if 7 * i % 8 <= 1
        else (data[7 * i // 8] >> 7 * i % 8) + (data[7 * i // 8 + 1] << 8 - 7 * i % 8)
    ) % 128


@logic
def byte_bits(pairs: Sequence[int], count: int, t: int) -> int:
    """Bits `8 t .. 8 t + 7` of the first `count` pairs laid end to end; zero above the last one."""
    return (
        (pairs[8 * t // 7] >> 8 * t % 7)
        + ((pairs[8 * t // 7 + 1] << 7 - 8 * t % 7) if 8 * t // 7 + 1 < count else 0)
    ) % 256

"""Streams of pairs: eight pairs in seven bytes, little-endian bit order (theorem T4)."""

from __future__ import annotations

from collections.abc import Sequence

from icontract import ensure, require

from veriquant_spec.markers import invariant, kernel
from veriquant_spec.packing import byte_bits, pair_bits, size
from veriquant_spec.types import U3, U7, U8, Length


@kernel("VQ-STREAM-001")
@ensure(lambda pairs, result: result == size(pairs))
@ensure(lambda pairs, result: 7 * pairs <= 8 * result and 8 * result < 7 * pairs + 8)
def stream_size(pairs: Length) -> Length:
    """Bytes of a stream of `pairs` pairs: `ceil(7 * pairs / 8)`."""
    return (7 * pairs + 7) >> 3


@kernel("VQ-STREAM-002")
@require(lambda pairs: len(pairs) <= 2**48)
@require(lambda pairs, t: t < size(len(pairs)))
@ensure(lambda pairs, t, result: result == byte_bits(pairs, len(pairs), t))
def stream_byte(pairs: Sequence[U7], t: Length) -> U8:
    """Byte `t` of the stream: bits `8 t .. 8 t + 7` of the pairs laid end to end."""
    first = 8 * t // 7  # the pair that holds bit 8 t
    shift: U3 = 8 * t % 7
    low = pairs[first] >> shift
    high = 0
    if first + 1 < len(pairs):
        high = pairs[first + 1] << (7 - shift)
    return (low + high) & 255


@kernel("VQ-STREAM-003")
@require(lambda data: len(data) <= 2**48)
@require(lambda data, i: size(i + 1) <= len(data))
@ensure(lambda data, i, result: result == pair_bits(data, i))
def pair_at(data: Sequence[U8], i: Length) -> U7:
    """Pair `i` of a stream, bits `7 i .. 7 i + 6`, without reading the rest."""
    first = 7 * i // 8  # the byte that holds bit 7 i
    shift: U3 = 7 * i % 8
    low = data[first] >> shift
    high = 0
    if shift > 1:  # the pair straddles two bytes
        high = data[first + 1] << (8 - shift)
    return (low + high) & 127


@kernel("VQ-STREAM-001", "VQ-STREAM-002", "VQ-STREAM-004")
@require(lambda pairs: len(pairs) <= 2**48)
@ensure(lambda pairs, result: len(result) == size(len(pairs)))
@ensure(
    lambda pairs, result: all(
        result[t] == byte_bits(pairs, len(pairs), t) for t in range(len(result))
    )
)
def pack_stream(pairs: Sequence[U7]) -> list[U8]:
    """The stream of `pairs`; unused bits of the last byte are zero."""
    count = stream_size(len(pairs))
    data: list[U8] = [0] * count
    for t in range(count):
        assert invariant(
            all(data[u] == byte_bits(pairs, len(pairs), u) for u in range(t)),
        )
        data[t] = stream_byte(pairs, t)
    return data


@kernel("VQ-STREAM-003", "VQ-STREAM-004")
@require(lambda data: len(data) <= 2**48)
@require(lambda data, count: size(count) <= len(data))
@ensure(lambda count, result: len(result) == count)
@ensure(lambda data, result: all(result[i] == pair_bits(data, i) for i in range(len(result))))
def unpack_stream(data: Sequence[U8], count: Length) -> list[U7]:
    """The first `count` pairs of a stream."""
    pairs: list[U7] = [0] * count
    for i in range(count):
        assert invariant(all(pairs[j] == pair_bits(data, j) for j in range(i)))
        pairs[i] = pair_at(data, i)
    return pairs

"""Eight pairs at once, as one 64-bit word: the unpacking step of the fast paths (theorem T4).

Seven stream bytes are a 56-bit little-endian word holding pair `i` at bits `7 i`. Spreading it
to one pair per byte takes three rounds that halve the lanes: 2 x 28 bits, 4 x 14, 8 x 7.
"""

from __future__ import annotations

from icontract import ensure, require

from veriquant_spec.markers import kernel
from veriquant_spec.types import U56, Lanes


@kernel("VQ-STREAM-005", theory="bv")
@require(lambda lanes: lanes & 0x8080808080808080 == 0)
@ensure(lambda lanes, result: all(result >> 7 * i & 127 == lanes >> 8 * i & 255 for i in range(8)))
def gather_block(lanes: Lanes) -> U56:
    """Inverse of `spread_block`: byte `i` to bit `7 i`."""
    x = (lanes & 0x007F007F007F007F) | ((lanes & 0x7F007F007F007F00) >> 1)
    x = (x & 0x00003FFF00003FFF) | ((x & 0x3FFF00003FFF0000) >> 2)
    return (x & 0x000000000FFFFFFF) | ((x & 0x0FFFFFFF00000000) >> 4)


@kernel("VQ-STREAM-005", theory="bv")
@ensure(lambda word, result: all(result >> 8 * i & 255 == word >> 7 * i & 127 for i in range(8)))
@ensure(lambda result: result & 0x8080808080808080 == 0)
@ensure(lambda word, result: gather_block(result) == word)
def spread_block(word: U56) -> Lanes:
    """Pair `i` of a 56-bit block, moved from bit `7 i` to byte `i`."""
    x = (word & 0x000000000FFFFFFF) | ((word & 0x00FFFFFFF0000000) << 4)
    x = (x & 0x00003FFF00003FFF) | ((x & 0x0FFFC0000FFFC000) << 2)
    return (x & 0x007F007F007F007F) | ((x & 0x3F803F803F803F80) << 1)

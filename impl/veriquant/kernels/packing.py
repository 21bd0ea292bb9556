"""One pair: a 4-bit and a 3-bit code in seven bits (theorem T4, paper 3.2)."""

from __future__ import annotations

from icontract import ensure

from veriquant_spec.markers import kernel
from veriquant_spec.types import U3, U4, U7


@kernel("VQ-PACK-001", "VQ-PACK-002")
@ensure(lambda wide, narrow, result: result == wide + 16 * narrow)
@ensure(lambda wide, result: result % 16 == wide)
@ensure(lambda narrow, result: result // 16 == narrow)
def pack_pair(wide: U4, narrow: U3) -> U7:
    """`wide | narrow << 4`."""
    return (wide & 15) | ((narrow & 7) << 4)


@kernel("VQ-PACK-003")
@ensure(lambda packed, result: result == packed % 16)
def unpack_wide(packed: U7) -> U4:
    """The 4-bit code of a pair."""
    return packed & 15


@kernel("VQ-PACK-003")
@ensure(lambda packed, result: result == packed // 16)
def unpack_narrow(packed: U7) -> U3:
    """The 3-bit code of a pair."""
    return (packed >> 4) & 7


@kernel("VQ-PACK-003", "VQ-PACK-004")
@ensure(lambda packed, result: result[0] + 16 * result[1] == packed)
@ensure(lambda packed, result: pack_pair(result[0], result[1]) == packed)
def unpack_pair(packed: U7) -> tuple[U4, U3]:
    """`(wide, narrow)` of a pair; SPARK's `Decode_3p5bit`."""
    return unpack_wide(packed), unpack_narrow(packed)


@kernel("VQ-PACK-004")
@ensure(lambda wide, narrow, result: result[0] == wide and result[1] == narrow)
def repack_pair(wide: U4, narrow: U3) -> tuple[U4, U3]:
    """Round trip code -> pair -> code, the identity; kept as the proof of injectivity (T4)."""
    return unpack_pair(pack_pair(wide, narrow))

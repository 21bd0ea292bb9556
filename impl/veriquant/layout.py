"""The stored tensor and the format's constants: data alone, on which all other modules rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

ScaleDtype = Literal["float16", "bfloat16"]
ScaleChoice = Literal["auto", "float16", "bfloat16"]
FORMAT_VERSION = 1
WIDE_LEVELS = 16
NARROW_LEVELS = 8
#: The last axis of `scales` and `group_scales`.
WIDE, NARROW = 0, 1
#: Largest group factor `k`, a byte.
MAX_FACTOR = 255
#: All weights of a scale up to this one are within float32: `|q - z| * k <= 15 * 255`.
LARGEST_SCALE = float(np.finfo(np.float32).max) / ((WIDE_LEVELS - 1) * MAX_FACTOR)
#: Largest `group_size`: far above any channel, and an integer of every file format and kernel.
MAX_GROUP_SIZE = 2**31 - 1
#: The arrays of a tensor, in the order of their entries in a file.
PARTS = ("packed", "scales", "group_scales", "zeros", "perm")


class Grid(NamedTuple):
    """The grids of a tensor; `WIDE` and `NARROW` index the last axis.

    scales        float16 or bfloat16 `[N, 2]`, `S`
    group_scales  uint8 `[N, G, 2]`, `k`
    zeros_wide    uint8 `[N, G]`, 0..15
    zeros_narrow  uint8 `[N, G]`, 0..7
    """

    scales: npt.NDArray[Any]
    group_scales: npt.NDArray[np.uint8]
    zeros_wide: npt.NDArray[np.uint8]
    zeros_narrow: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class StoredTensor:
    """A Linear weight `[N, K]` (out, in features) in 3.5-bit codes.

    `P = ceil(K / 2)` pairs per output channel (odd `K`: one zero input channel is appended),
    `G = ceil(P / group_size)` groups of pairs (`group_size = 0` means one group).

    packed        uint8 `[N, ceil(7 P / 8)]`: each output channel's pair stream, padded by zero bits
    scales        float16 or bfloat16 (ml_dtypes) `[N, 2]`: `S` of the wide and the narrow half
    group_scales  uint8 `[N, G, 2]`: `k` in 1..255, wide and narrow
    zeros         uint8 `[N, G]`: zero points packed as one pair, `z_wide | z_narrow << 4`
    perm          uint32 `[2 P]`: input channels by falling salience; pair `i` joins `perm[i]`
                  (wide) and `perm[P + i]` (narrow); index `K` (odd `K` only) is the zero channel
    """

    packed: npt.NDArray[np.uint8]
    scales: npt.NDArray[Any]
    group_scales: npt.NDArray[np.uint8]
    zeros: npt.NDArray[np.uint8]
    perm: npt.NDArray[np.uint32]
    shape: tuple[int, int]
    group_size: int
    method: str = "rtn"
    #: What the fast paths keep per tensor (array views); the arrays must not be replaced in place.
    memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def pairs(self) -> int:
        """`P`, pairs per output channel."""
        return (self.shape[1] + 1) // 2

    @property
    def groups(self) -> int:
        """`G`, groups per output channel."""
        return 1 if self.group_size == 0 else -(-self.pairs // self.group_size)

    @property
    def scale_dtype(self) -> ScaleDtype:
        """`float16` or `bfloat16`."""
        return "float16" if self.scales.dtype == np.float16 else "bfloat16"

    @property
    def nbytes(self) -> int:
        """Bytes of every array as files hold it (`perm` in 16 bits where that suffices)."""
        return sum(a.nbytes for a in arrays_of(self).values())

    @property
    def bits_per_weight(self) -> float:
        """Stored bits per weight, all metadata counted."""
        return 8 * self.nbytes / (self.shape[0] * self.shape[1])


def perm_dtype(pairs: int) -> np.dtype[Any]:
    """How a permutation of `2 * pairs` input channels is stored: uint16 where it fits."""
    return np.dtype(np.uint16 if 2 * pairs <= 1 << 16 else np.uint32)


def arrays_of(tensor: StoredTensor) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a quantized tensor by entry suffix, as stored: C-contiguous."""
    arrays = {part: np.ascontiguousarray(getattr(tensor, part)) for part in PARTS}
    arrays["perm"] = arrays["perm"].astype(perm_dtype(tensor.pairs), copy=False)
    return arrays


def raw_bytes(array: npt.NDArray[Any]) -> memoryview:
    """The bytes of a C-contiguous array, whatever its dtype, without a copy."""
    return array.reshape(-1).view(np.uint8).data

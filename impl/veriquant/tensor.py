"""The quantized tensor: what `quantize` makes, files hold and `matmul` reads (design section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

ScaleDtype = Literal["float16", "bfloat16"]
WIDE_LEVELS = 16
NARROW_LEVELS = 8
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class QuantizedTensor:
    """A Linear weight `[N, K]` (out, in features) in 3.5-bit codes.

    `P = ceil(K / 2)` pairs per output channel (odd `K`: one zero input channel is appended),
    `G = ceil(P / group_size)` groups of pairs (`group_size = 0` means one group).

    packed        uint8 `[N, ceil(7 P / 8)]`: each output channel's pair stream, padded by zero bits
    scales        float16 or bfloat16 (ml_dtypes) `[N, 2]`: `S` of the wide and the narrow half
    group_scales  uint8 `[N, G, 2]`: `k` in 1..255, wide and narrow
    zeros         uint8 `[N, G]`: zero points packed as one pair, `z_wide | z_narrow << 4`
    perm          uint32 `[2 P]`: input channels by falling salience; pair `i` joins `perm[i]` (wide)
                  and `perm[P + i]` (narrow); index `K` (odd `K` only) is the zero channel
    """

    packed: npt.NDArray[np.uint8]
    scales: npt.NDArray[Any]
    group_scales: npt.NDArray[np.uint8]
    zeros: npt.NDArray[np.uint8]
    perm: npt.NDArray[np.uint32]
    shape: tuple[int, int]
    group_size: int
    method: str = "rtn"

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
        """Stored bytes, every array counted."""
        arrays = (self.packed, self.scales, self.group_scales, self.zeros, self.perm)
        return sum(a.nbytes for a in arrays)

    @property
    def bits_per_weight(self) -> float:
        """Stored bits per weight, all metadata counted."""
        return 8 * self.nbytes / (self.shape[0] * self.shape[1])

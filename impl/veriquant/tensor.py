"""The quantized tensor: what `quantize` makes, files hold and `matmul` reads (design section 3)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from veriquant.errors import SaturationWarning

if TYPE_CHECKING:
    from veriquant.fast.grid import Grid

ScaleDtype = Literal["float16", "bfloat16"]
WIDE_LEVELS = 16
NARROW_LEVELS = 8
FORMAT_VERSION = 1
#: All weights of a scale up to this one are within float32: `|q - z| * k <= 15 * 255`.
LARGEST_SCALE = float(np.finfo(np.float32).max) / (15 * 255)
#: Largest `group_size`: far above any channel, and an integer of every file format and kernel.
MAX_GROUP_SIZE = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class QuantizedTensor:
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
        """Stored bytes, every array counted."""
        arrays = (self.packed, self.scales, self.group_scales, self.zeros, self.perm)
        return sum(a.nbytes for a in arrays)

    @property
    def bits_per_weight(self) -> float:
        """Stored bits per weight, all metadata counted."""
        return 8 * self.nbytes / (self.shape[0] * self.shape[1])

    @classmethod
    def from_codes(
        cls,
        wide: npt.NDArray[np.uint8],
        narrow: npt.NDArray[np.uint8],
        grid: Grid,
        perm: npt.NDArray[np.uint32],
        shape: tuple[int, int],
        group_size: int,
        method: str,
    ) -> QuantizedTensor:
        """The tensor of codes uint8 `[N, P]` on `grid` (any method's). Raises QuantizationError."""
        from veriquant.fast import grid as grids
        from veriquant.fast import pack

        grids.check_reach(grid)
        return cls(
            pack.pack_rows(wide, narrow), grid.scales, grid.group_scales, grids.packed_zeros(grid),
            perm, shape, group_size, method,
        )  # fmt: skip

    def codes(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """`(wide, narrow)` codes, uint8 `[N, P]`."""
        from veriquant.fast import pack

        return pack.unpack_rows(self.packed, self.pairs)

    def grid(self) -> Grid:
        """The grids, zero points unpacked."""
        from veriquant.fast import grid as grids
        from veriquant.fast import pack

        return grids.Grid(self.scales, self.group_scales, *pack.unpack_pairs(self.zeros))

    def dequantize(
        self, dtype: npt.DTypeLike = np.float32, saturate: bool = False
    ) -> npt.NDArray[Any]:
        """The weights `w' [N, K]` as float32 or float64 (exact, T5), float16 or bfloat16.

        The last two are rounded to nearest; where a weight would become infinite,
        QuantizationError names it, or, with `saturate`, it becomes the largest finite number of
        its sign and a SaturationWarning says how many did. Other dtypes raise QuantizationError.
        """
        from veriquant.fast.dequant import dequantize

        if not saturate:
            return dequantize(self, dtype)
        from veriquant.narrowing import narrow

        rounded, added = narrow(dequantize(self), dtype, saturate=True)
        if added.saturated:
            warnings.warn(
                f"{added.saturated} of {added.weights} weights exceed {added.dtype} and became its "
                "largest finite number",
                SaturationWarning, stacklevel=2,
            )  # fmt: skip
        return rounded

    def matmul(self, x: Any) -> npt.NDArray[np.float32]:
        """`x @ w'.T`: float `x [M, K]` or `[K]` -> float32 `[M, N]` or `[N]`.

        Each row of `x` is rounded to int8, `a = rne(x / t)` with `t = max|x| / 127`: an error of
        at most `t / 2` per activation. The integer product is exact (T2) and the scales are
        applied in float64; int8 `x` is taken as it is, with `t = 1`. Raises QuantizationError for
        NaN, infinity, or a length other than `K`.
        """
        from veriquant.fast.gemm import matmul

        return matmul(self, x)

    def certificate(self, source: npt.NDArray[Any] | None = None) -> Any:
        """What is proved of this tensor (`veriquant.certificate`), measured against `source`."""
        from veriquant.certificate import certify

        return certify(self, source)

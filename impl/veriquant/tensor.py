"""The quantized tensor: what `quantize` makes, files hold and `matmul` reads (design section 3)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.errors import SaturationWarning
from veriquant.layout import Grid, StoredTensor


@dataclass(frozen=True, slots=True, eq=False)
class QuantizedTensor(StoredTensor):
    """A stored tensor (see `StoredTensor` for its arrays) and what can be done with it."""

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
        from veriquant.fast import pack

        return Grid(self.scales, self.group_scales, *pack.unpack_pairs(self.zeros))

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

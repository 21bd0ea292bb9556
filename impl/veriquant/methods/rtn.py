"""Round to nearest on the finest grid that covers each group: every weight within half a step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from veriquant.fast import grid
from veriquant.layout import ScaleChoice
from veriquant.tensor import QuantizedTensor


def quantize(
    weights: npt.NDArray[np.float32],
    perm: npt.NDArray[np.uint32],
    group_size: int,
    scale_dtype: ScaleChoice = "auto",
    *,
    calibration: npt.NDArray[np.float64] | None = None,
    name: str | None = None,
) -> QuantizedTensor:
    """`weights` float32 `[N, K]`, channels in the order of `perm`, uint32 `[2P]` (T1c).

    `calibration` plays no part: it has chosen the order. Raises QuantizationError.
    """
    fitted = grid.fit_rtn(weights, perm, group_size, scale_dtype, name)
    return QuantizedTensor(
        grid.quantize_packed(weights, perm, group_size, fitted), fitted.scales,
        fitted.group_scales, grid.packed_zeros(fitted), perm, weights.shape, group_size, "rtn",
    )  # fmt: skip

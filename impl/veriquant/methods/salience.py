"""Salience of input channels: the larger half gets the wide codes (design section 3)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def by_activation(
    w: npt.NDArray[np.float32], mean_square: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Weight norm times root mean square activation, float64 `[K]`.

    `w` `[N, K]`; `mean_square` `[K]`, a Hessian's diagonal. Its square is what the channel adds to
    the layer's output energy, and rounding steps grow with the weights, so the squared output
    error of a channel at a given code width is in proportion. Measured best of norm, activation
    and product (bench `quality`, ablation).
    """
    from veriquant.fast.grid import salience_of

    result: npt.NDArray[np.float64] = salience_of(w) * np.sqrt(
        np.asarray(mean_square, dtype=np.float64)
    )
    return result

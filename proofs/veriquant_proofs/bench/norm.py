"""What T1n certifies of a stored tensor, from its scales alone."""

from __future__ import annotations

import numpy as np

from veriquant import QuantizedTensor


def certified_norm(tensor: QuantizedTensor) -> float:
    """T1n: the Frobenius error of a tensor is at most half the root of the sum of squared scales.

    Raises ValueError for another method than rtn, which T1n does not cover.
    """
    if tensor.method != "rtn":
        raise ValueError(f"T1n bounds rtn, not {tensor.method}")
    scales = tensor.scales.astype(np.float64)[:, None, :] * tensor.group_scales
    group = tensor.group_size or tensor.pairs
    pairs = np.minimum(group, tensor.pairs - group * np.arange(tensor.groups))
    return float(0.5 * np.sqrt((scales**2 * pairs[None, :, None]).sum()))

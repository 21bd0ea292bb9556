"""Ways to choose codes and grids, beside the default `rtn` of `veriquant.quantize`.

Each method module has `quantize(weights, perm, group_size, scale_dtype, *, ...)`; callers use
`veriquant.quantize(..., method=...)` or, with statistics from a calibration file,
`quantize_tensor`. Only methods that help are here: `proofs/veriquant_proofs/bench/quality.py`
measures each on real models.
"""

from __future__ import annotations

from typing import Any

from veriquant.layout import ScaleChoice
from veriquant.methods.registry import MethodName
from veriquant.methods.statistics import TensorStatistics
from veriquant.tensor import QuantizedTensor

__all__ = ["TensorStatistics", "quantize_tensor"]


def quantize_tensor(
    w: Any,
    *,
    method: MethodName = "rtn",
    group_size: int = 64,
    scale_dtype: ScaleChoice = "auto",
    calibration: TensorStatistics | None = None,
    name: str | None = None,
    **options: Any,
) -> QuantizedTensor:
    """`veriquant.quantize` with a tensor's calibration statistics in place of raw activations.

    The wide channels are those with the largest weight norm times root mean square activation;
    `gptq` and `mse` also use the statistics themselves. Without `calibration` the order is by
    norm, `mse` weighs all weights alike and `gptq` raises QuantizationError.
    """
    from veriquant.api import quantize
    from veriquant.methods.salience import by_activation

    salience = None
    if calibration is not None:
        from veriquant.arrays import as_weights

        weights = as_weights(w, name)
        calibration.check(weights.shape, name)
        salience = by_activation(weights, calibration.diagonal)
        if method != "rtn":
            options["statistics"] = calibration
    return quantize(
        w, method=method, group_size=group_size, scale_dtype=scale_dtype, salience=salience,
        name=name, **options,
    )  # fmt: skip

"""What calibration knows of one Linear: second-order statistics of its inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.narrowing import as_float32

Float = npt.NDArray[np.float32]
REMEDY = "calibrate again on this model (veriquant calibrate)"


@dataclass(frozen=True, slots=True)
class TensorStatistics:
    """Statistics of the inputs `x` of a Linear `W [N, K]` over `count` tokens.

    hessian  float32 `[K, K]`: mean of `x x^T`; the squared output error of `W'` is
             `tr((W - W') hessian (W - W')^T)` per token
    count    tokens seen
    target   float32 `[N, K]` or None: the weight to approximate when it is not `W` itself
             (sequential calibration corrects it for the errors of earlier layers)
    """

    hessian: Float
    count: int
    target: Float | None = None

    @property
    def diagonal(self) -> Float:
        """Mean square of each input channel, `[K]`."""
        return np.diagonal(self.hessian)

    @staticmethod
    def from_activations(x: npt.NDArray[Any]) -> TensorStatistics:
        """Statistics of sampled inputs `x` `[T, K]`."""
        rows = np.ascontiguousarray(as_float32(x))
        with np.errstate(over="ignore", invalid="ignore"):  # `check` refuses what is not finite
            hessian = rows.T @ rows / np.float32(rows.shape[0])
        return TensorStatistics(hessian, int(rows.shape[0]))

    def check(self, shape: tuple[int, ...], name: str | None = None) -> None:
        """Raise QuantizationError unless this fits a finite weight of `shape` `[N, K]`."""
        k = shape[1]
        if self.hessian.shape != (k, k):
            raise QuantizationError(
                f"its calibration hessian must be [{k}, {k}]", tensor=name,
                value=f"shape {list(self.hessian.shape)}", remedy=REMEDY,
            )  # fmt: skip
        if self.target is not None and self.target.shape != tuple(shape):
            raise QuantizationError(
                f"its calibration target must be {list(shape)}", tensor=name,
                value=f"shape {list(self.target.shape)}", remedy=REMEDY,
            )  # fmt: skip
        for what, array in (("hessian", self.hessian), ("target", self.target)):
            if array is not None and not np.isfinite(array).all():
                row, column = (int(i[0]) for i in np.nonzero(~np.isfinite(array)))
                raise QuantizationError(
                    f"its calibration {what} must be finite", tensor=name,
                    position=f"row {row}, column {column}", value=array[row, column],
                    remedy=REMEDY,
                )  # fmt: skip
        if (self.diagonal < 0).any():
            place = int(np.argmax(self.diagonal < 0))
            raise QuantizationError(
                "its calibration hessian has a negative mean square", tensor=name,
                position=f"input channel {place}", value=self.diagonal[place], remedy=REMEDY,
            )  # fmt: skip

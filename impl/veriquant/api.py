"""`quantize`: a weight matrix in, a `QuantizedTensor` out (design section 3)."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.arrays import as_reals, as_weights
from veriquant.errors import QuantizationError
from veriquant.layout import MAX_GROUP_SIZE, ScaleChoice
from veriquant.methods.registry import METHODS, MethodName
from veriquant.tensor import QuantizedTensor
from veriquant.text import brief

DEFAULT_GROUP_SIZE = 64


def quantize(
    w: Any,
    method: MethodName = "rtn",
    group_size: int = DEFAULT_GROUP_SIZE,
    scale_dtype: ScaleChoice = "auto",
    calibration: Any = None,
    salience: Any = None,
    name: str | None = None,
    **options: Any,
) -> QuantizedTensor:
    """Quantize a Linear weight to 3.5 bits a weight.

    w            `[N, K]` (out, in features), float32, float16 or bfloat16; NumPy or PyTorch, any
                 memory layout
    method       `rtn` (every weight within half a step, T1c), `mse` or `gptq` (better models,
                 error measured instead)
    group_size   pairs per group; 0 for one group per output channel
    scale_dtype  `auto` (float16 where it suffices), `float16` or `bfloat16`
    calibration  activations `[T, K]` that reach this layer; `gptq` needs them
    salience     one non-negative number per input channel `[K]`; the larger half is stored wide.
                 Default: L2 norm of the channel, times its mean |activation| with calibration
    name         tensor name for messages
    options      further keywords of the method (`veriquant.methods`)

    Raises QuantizationError; nothing is modified.
    """
    weights = as_weights(w, name)
    if not isinstance(method, str) or method not in METHODS:
        raise QuantizationError(
            f"method must be one of {', '.join(METHODS)}", tensor=name, value=brief(method),
            remedy="choose one of them",
        )  # fmt: skip
    if not isinstance(scale_dtype, str) or scale_dtype not in ("auto", "float16", "bfloat16"):
        raise QuantizationError(
            "scale_dtype must be auto, float16 or bfloat16", tensor=name, value=brief(scale_dtype),
            remedy="choose one of them",
        )  # fmt: skip
    if type(group_size) is not int or not 0 <= group_size <= MAX_GROUP_SIZE:
        raise QuantizationError(
            f"group_size must be a number of pairs up to {MAX_GROUP_SIZE}, 0 for the whole channel",
            tensor=name, value=brief(group_size), remedy="64 is the default",
        )  # fmt: skip
    from veriquant.fast import grid

    channels = weights.shape[1]
    if calibration is not None:
        calibration = _numbers(calibration, "calibration", (None, channels), name)
    if salience is None:
        salience = grid.salience_of(weights, calibration)
    else:
        salience = _numbers(salience, "salience", (channels,), name)
        if (salience < 0).any():
            place = int(np.argmax(salience < 0))
            raise QuantizationError(
                "salience must not be negative", tensor=name, position=f"input channel {place}",
                value=salience[place], remedy="give magnitudes, such as norms",
            )  # fmt: skip
    perm = grid.rank_channels(salience)
    function = METHODS[method].function
    known = inspect.signature(function).parameters
    for option in options:
        if option not in known:
            raise TypeError(f"method {method!r} has no option {option!r}")
    return function(
        weights, perm, group_size, scale_dtype, calibration=calibration, name=name, **options
    )


def _numbers(
    x: Any, what: str, shape: tuple[int | None, ...], name: str | None
) -> npt.NDArray[np.float64]:
    """`x` as finite float64 of `shape` (None: any length from 1)."""
    values: npt.NDArray[np.float64] = np.asarray(as_reals(x, what, name), np.float64)
    fits = values.ndim == len(shape) and values.size > 0
    if not fits or any(n is not None and n != m for n, m in zip(shape, values.shape, strict=True)):
        expected = ", ".join("T" if n is None else str(n) for n in shape)
        raise QuantizationError(
            f"{what} must be [{expected}]", tensor=name, value=f"shape {list(values.shape)}",
            remedy="give one value per input channel of this tensor",
        )  # fmt: skip
    finite = np.isfinite(values)
    if not finite.all():
        place = tuple(int(i[0]) for i in np.nonzero(~finite))
        raise QuantizationError(
            f"{what} must be finite", tensor=name, position=f"index {place}", value=values[place],
            remedy="drop the sample, or find the layer that makes it",
        )  # fmt: skip
    return values

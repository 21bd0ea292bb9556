"""Arrays at the border of the package: what is taken, what is refused, and why."""

from __future__ import annotations

import sys
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.text import brief

#: Weight types that float32 holds exactly.
WEIGHT_DTYPES = (np.dtype(np.float32), np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16))


def as_array(x: Any, name: str | None = None) -> npt.NDArray[Any]:
    """`x` as a NumPy array without a copy where memory can be shared; PyTorch tensors too.

    Raises QuantizationError for what is no array, and for a PyTorch tensor without plain values
    (sparse, meta, float8, ...).
    """
    if isinstance(x, np.ndarray):
        return x
    torch = sys.modules.get("torch")  # whoever holds a tensor of it has imported it
    if torch is None or not isinstance(x, torch.Tensor):
        try:
            return np.asarray(x)
        except (ValueError, TypeError, OverflowError) as error:
            raise QuantizationError(
                f"not an array: {error}", tensor=name, value=brief(x),
                remedy="give a NumPy array or a PyTorch tensor",
            ) from error  # fmt: skip
    try:
        plain = x.detach().cpu().resolve_conj().resolve_neg()
        if plain.dtype == torch.bfloat16:  # NumPy has no such type: share the bits
            bits: npt.NDArray[Any] = plain.view(torch.int16).numpy()
            return bits.view(ml_dtypes.bfloat16)
        return np.asarray(plain.numpy())
    except (RuntimeError, TypeError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise QuantizationError(
            f"PyTorch cannot give its values to NumPy: {reason}", tensor=name,
            value=f"{x.dtype}, {x.layout}, device {x.device}",
            remedy="give a dense float32, float16 or bfloat16 tensor (to_dense, dequantize, to)",
        ) from error  # fmt: skip


def as_reals(x: Any, what: str, name: str | None = None) -> npt.NDArray[Any]:
    """`x` as an array of real numbers: floats of any width, integers, booleans.

    Raises QuantizationError for others: text, objects, dates, and complex numbers, whose imaginary
    part NumPy would drop.
    """
    given = as_array(x, name)
    if given.dtype.kind not in "fiub" and given.dtype not in WEIGHT_DTYPES:
        raise QuantizationError(
            f"{what} must be real numbers", tensor=name, value=f"dtype {given.dtype}",
            remedy="give an array of floats",
        )  # fmt: skip
    return given


def as_weights(w: Any, name: str | None = None) -> npt.NDArray[np.float32]:
    """`w` as a finite float32 C-contiguous matrix `[N, K]`, `N, K >= 1`.

    Copies only what is not already so. float16 and bfloat16 become float32 exactly. Raises
    QuantizationError for other dtypes (float64 and integers would be rounded silently), other
    dimensions (a Linear weight is 2-D; reshape convolutions and experts yourself), empty axes,
    NaN and infinities (the first one is named).
    """
    w = as_array(w, name)
    if w.dtype not in WEIGHT_DTYPES:
        raise QuantizationError(
            "weights must be float32, float16 or bfloat16", tensor=name, value=f"dtype {w.dtype}",
            remedy="convert with astype(np.float32) and accept its rounding",
        )  # fmt: skip
    if w.ndim != 2:
        raise QuantizationError(
            "weights must be a matrix [out_features, in_features]", tensor=name,
            value=f"shape {list(w.shape)}",
            remedy="reshape it to two axes, or leave the tensor unquantized (--exclude)",
        )  # fmt: skip
    if 0 in w.shape:
        raise QuantizationError(
            "a matrix without rows or columns has no weights to quantize", tensor=name,
            value=f"shape {list(w.shape)}", remedy="leave the tensor unquantized (--exclude)",
        )  # fmt: skip
    weights: npt.NDArray[np.float32] = np.ascontiguousarray(w, dtype=np.float32)
    from veriquant.fast.finite import first_not_finite

    place = first_not_finite(weights)
    if place is not None:
        raise QuantizationError(
            "weights must be finite", tensor=name,
            position=f"output channel {place[0]}, input channel {place[1]}", value=weights[place],
            remedy="repair the checkpoint, or leave the tensor unquantized (--exclude)",
        )  # fmt: skip
    return weights

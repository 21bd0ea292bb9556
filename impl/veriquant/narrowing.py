"""Weights in a narrower float type: what that adds in error, and what it cannot hold.

Rounding to nearest turns a finite number beyond the type's range into infinity (or NaN, where the
type has none). That is an error here, or, where asked for, the largest finite number, counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import ml_dtypes
import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError

#: Types that weights are given in, by name.
FLOAT_TYPES: Mapping[str, np.dtype[Any]] = {
    "float16": np.dtype(np.float16),
    "bfloat16": np.dtype(ml_dtypes.bfloat16),
    "float32": np.dtype(np.float32),
    "float64": np.dtype(np.float64),
}
#: Weights that are rounded at once: small beside any tensor.
BLOCK_WEIGHTS = 1 << 20


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What rounding a matrix to `dtype` added.

    weights    how many there are
    largest    largest `|rounded - w|`, and `at`, the first place that has it (None: all are exact)
    square     sum of `(rounded - w)**2`
    norm       sum of `w**2`
    saturated  weights that became the largest finite number of their sign
    """

    dtype: str
    weights: int = 0
    largest: float = 0.0
    at: tuple[int, int] | None = None
    square: float = 0.0
    norm: float = 0.0
    saturated: int = 0

    @property
    def relative(self) -> float:
        """Frobenius norm of the added error over that of the weights."""
        return math.sqrt(self.square / self.norm) if self.norm else 0.0

    def __add__(self, other: Self) -> Narrowing:
        """Both together; `other` is of later rows of the same matrix."""
        worse = other if other.largest > self.largest else self
        return Narrowing(
            self.dtype, self.weights + other.weights, worse.largest, worse.at,
            self.square + other.square, self.norm + other.norm, self.saturated + other.saturated,
        )  # fmt: skip

    def __str__(self) -> str:
        if self.at is None:
            return f"{self.dtype}, nothing added"
        text = (
            f"{self.dtype}, added error at most {self.largest:.3g} (channel {self.at[0]}, weight "
            f"{self.at[1]}), relative {self.relative:.3g}"
        )
        return f"{text}, {self.saturated} weights saturated" if self.saturated else text


def float_type(dtype: Any) -> np.dtype[Any]:
    """The float type that `dtype` means; raises QuantizationError for any other type."""
    found: np.dtype[Any] | None = None
    with suppress(TypeError, ValueError):  # what NumPy does not know
        found = np.dtype(FLOAT_TYPES.get(dtype, dtype) if isinstance(dtype, str) else dtype)
    if dtype is None or found is None or found not in FLOAT_TYPES.values():  # None: NumPy's default
        raise QuantizationError(
            f"weights are given as {', '.join(FLOAT_TYPES)}", value=f"dtype {dtype!r}"[:80],
            remedy="choose one of them, and convert the array yourself",
        )  # fmt: skip
    return found


def narrow(
    w: npt.NDArray[Any],
    dtype: Any,
    *,
    saturate: bool = False,
    tensor: str | None = None,
    first: int = 0,
    out: npt.NDArray[Any] | None = None,
) -> tuple[npt.NDArray[Any], Narrowing]:
    """`w [N, K]`, finite floats, rounded to nearest in `dtype`, and what that added.

    saturate  what is beyond the type's range becomes its largest finite number
    tensor    a name for messages; `first` is the output channel of `w[0]` in them
    out       `[N, K]` of `dtype` to write to

    Raises QuantizationError, naming the first weight, where a finite weight would become infinite.
    """
    kind = float_type(dtype)
    name = kind.name
    result = np.empty(w.shape, kind) if out is None else out
    added = Narrowing(name)
    rows = max(1, BLOCK_WEIGHTS // max(1, w.shape[1]))
    for start in range(0, len(w), rows):
        part, rounded = w[start : start + rows], result[start : start + rows]
        with np.errstate(over="ignore"):  # each such weight is looked at below
            rounded[...] = part
        if np.can_cast(w.dtype, kind):
            added += Narrowing(name, part.size)
            continue
        beyond = ~np.isfinite(rounded) & np.isfinite(part)
        if beyond.any():
            row, column = (int(i[0]) for i in np.nonzero(beyond))
            if not saturate:
                wider = [n for n in ("bfloat16", "float32") if _holds(n, part[beyond])]
                raise QuantizationError(
                    f"{name} cannot hold it, rounding would make it infinite", tensor=tensor,
                    position=f"output channel {first + start + row}, input channel {column}",
                    value=part[row, column],
                    remedy=f"use {' or '.join(wider) or 'a wider type'}, or let such weights be "
                    "the largest finite number (--saturate, saturate=True)",
                )  # fmt: skip
            rounded[beyond] = np.copysign(float(ml_dtypes.finfo(kind).max), part[beyond])
        added += _measure(name, part, rounded, first + start, int(beyond.sum()))
    return result, added


def _holds(name: str, values: npt.NDArray[Any]) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.isfinite(values.astype(FLOAT_TYPES[name])).all())


def _measure(
    name: str, w: npt.NDArray[Any], rounded: npt.NDArray[Any], first: int, saturated: int
) -> Narrowing:
    exact = w.astype(np.float64)
    error = np.abs(rounded.astype(np.float64) - exact)
    place = int(np.argmax(error)) if error.size else 0
    largest = float(error.flat[place]) if error.size else 0.0
    at = (first + place // w.shape[1], place % w.shape[1]) if largest else None
    return Narrowing(
        name, w.size, largest, at, float(np.vdot(error, error)), float(np.vdot(exact, exact)),
        saturated,
    )  # fmt: skip


def as_float32(w: npt.NDArray[Any], tensor: str | None = None) -> npt.NDArray[np.float32]:
    """`w`, of any shape and number type, as float32; shares memory where it is so already.

    Raises QuantizationError where a finite number would become infinite.
    """
    if w.dtype == np.float32:
        return w
    with np.errstate(over="ignore"):
        result: npt.NDArray[np.float32] = w.astype(np.float32)
    if w.dtype.kind in "fiu" and w.dtype.itemsize > 2:
        beyond = np.isinf(result) & np.isfinite(w)
        if beyond.any():
            place = tuple(int(i[0]) for i in np.nonzero(beyond))
            raise QuantizationError(
                "float32 cannot hold it, rounding would make it infinite", tensor=tensor,
                position=f"index {place}", value=w[place],
                remedy="scale the tensor down, or clip it to float32's range",
            )  # fmt: skip
    return result

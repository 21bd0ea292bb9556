"""Finds weights that are no numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.fast.compiled import driver
from veriquant.fast.pack import readonly
from veriquant.fast.threads import run_rows

#: Bits of infinity; a NaN's are above, those of every finite magnitude below.
INFINITY = 0x7F800000
MAGNITUDE = 0x7FFFFFFF


def first_not_finite(weights: npt.NDArray[np.float32]) -> tuple[int, int] | None:
    """Row and column of the first NaN or infinity of a matrix, None if all are finite."""
    bits = readonly(weights).view(np.uint32)
    found: list[int] = []

    def check(start: int, stop: int) -> None:
        row = _row_not_finite(bits, start, stop)
        if row < stop:
            found.append(row)

    run_rows(len(weights), weights.size, check)
    if not found:
        return None
    row = min(found)
    return row, int(np.argmin(np.isfinite(weights[row])))


@driver
def _row_not_finite(bits: Any, start: int, stop: int) -> int:
    """First row with a NaN or infinity, `stop` if there is none."""
    for r in range(start, stop):
        most = np.uint32(0)
        for c in range(bits.shape[1]):
            most = max(most, bits[r, c] & np.uint32(MAGNITUDE))
        if most >= INFINITY:
            return r
    return stop

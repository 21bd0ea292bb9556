"""The inner loop of the check: output channels against their grids, compiled by Numba.

Nothing here rounds a comparison: codes, factors and zero points are tested by inequalities that
are exact in float64, and each says why.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

#: Kinds of claims a row may break; Python finds which weight, and says so.
FLAG_FINITE, FLAG_PADDING, FLAG_FACTOR, FLAG_ZERO, FLAG_SCALE, FLAG_CODE = range(1, 7)


@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nnan", "nsz"})  # type: ignore[untyped-decorator]
def _sum_squares(values: npt.NDArray[Any]) -> float:
    """Sum of squares, in any order: the error bound of `_sum_up` does not depend on it."""
    total = 0.0
    for i in range(len(values)):
        total += np.float64(values[i]) * np.float64(values[i])
    return total


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _is_more(a: float, b: float, c: float, d: float) -> bool:
    """`a * b > c * d` exactly (Dekker's products), for magnitudes far from overflow."""
    p, e = _product(a, b)
    q, f = _product(c, d)
    return bool(p > q or (p == q and e > f))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _product(a: float, b: float) -> tuple[float, float]:
    """`a * b` as an exact sum of two floats."""
    splitter = 134217729.0  # 2**27 + 1 halves a 53-bit significand (Veltkamp)
    p = a * b
    t = splitter * a
    a_high = t - (t - a)
    t = splitter * b
    b_high = t - (t - b)
    a_low, b_low = a - a_high, b - b_high
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _rest(a: float, b: float, total: float) -> float:
    """What `total = a + b` lost to rounding (TwoSum)."""
    part = total - a
    return (a - (total - part)) + (b - part)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def unpack(stream: npt.NDArray[np.uint8], pairs: int, codes: npt.NDArray[np.uint8]) -> bool:
    """Codes of a pair stream (eight pairs in seven bytes, little-endian); False: padding set."""
    blocks = pairs // 8
    for b in range(blocks):
        word = np.uint64(0)
        for j in range(7):
            word |= np.uint64(stream[7 * b + j]) << np.uint64(8 * j)
        for j in range(8):
            p = np.uint8((word >> np.uint64(7 * j)) & np.uint64(127))
            codes[0, 8 * b + j] = p & np.uint8(15)
            codes[1, 8 * b + j] = p >> np.uint8(4)
    word = np.uint64(0)
    for j in range(len(stream) - 7 * blocks):
        word |= np.uint64(stream[7 * blocks + j]) << np.uint64(8 * j)
    for i in range(8 * blocks, pairs):
        p = np.uint8(word & np.uint64(127))
        word >>= np.uint64(7)
        codes[0, i] = p & np.uint8(15)
        codes[1, i] = p >> np.uint8(4)
    return bool(word == 0)


@numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})  # type: ignore[untyped-decorator]
def _range_of(x: npt.NDArray[np.float32]) -> tuple[np.float32, np.float32]:
    """`min(0, min x)` and `max(0, max x)`; finite values only."""
    lo = np.float32(0)
    hi = np.float32(0)
    for i in range(len(x)):
        lo = min(lo, x[i])
        hi = max(hi, x[i])
    return lo, hi


@numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})  # type: ignore[untyped-decorator]
def _differences(
    x: npt.NDArray[np.float32], codes: npt.NDArray[np.uint8], zero: np.int32, s: float, d: F64
) -> float:
    """`d = w - (q - z) * s` and the largest `|d|`.

    The product is exact (4 + 19 bits). So is the difference wherever `|d| <= s / 2`: then either
    `q = z`, or `|w| >= s / 2` and both terms are multiples of `ulp(w) >= 2**-25 * s`.
    """
    biggest = 0.0
    for i in range(len(x)):
        e = np.float64(x[i]) - np.float64(np.int32(codes[i]) - zero) * s
        d[i] = e
        biggest = max(biggest, abs(e))
    return biggest


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _distances(codes: npt.NDArray[np.uint8], zero: np.int32) -> tuple[Any, Any]:
    """Sum and maximum of `|q - z|`; a group of 2**27 pairs would be needed to overflow the sum."""
    total = np.int32(0)
    largest = np.int32(0)
    for i in range(len(codes)):
        steps = np.int32(abs(np.int32(codes[i]) - zero))
        total += steps
        largest = max(largest, steps)
    return np.int64(total), np.int64(largest)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _scan(
    x: npt.NDArray[np.float32],
    codes: npt.NDArray[np.uint8],
    zero: np.int32,
    s: float,
    levels: int,
    fitted: bool,
    d: F64,
) -> tuple[int, bool]:
    """Flag of the codes of a group with some `|d| >= s / 2`, and whether every `d` is exact."""
    flag, exact = 0, True
    for i in range(len(x)):
        q = np.int64(codes[i])
        step = q - zero
        e = d[i]
        if _rest(np.float64(x[i]), -(step * s), e) != 0.0:
            exact = False
        if fitted and flag == 0:
            # At a tie the even step is right, unless that code lies beyond the grid.
            wrong = step % 2 != 0 and ((e > 0 and q < levels - 1) or (e < 0 and q > 0))
            if 2 * abs(e) > s or (2 * abs(e) == s and wrong):
                flag = FLAG_CODE
    return flag, exact


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _grid_flag(
    lo: float, hi: float, unit: float, smaller: float, k: int, zero: int, levels: int
) -> tuple[int, bool]:
    """Flag of a group's `k` and `z`, and whether the next smaller `S` would not do for it.

    `hi - lo = span + rest` exactly (TwoSum); a float compared with the rounded sum decides, except
    at equality, where the rest does. Products with the scale have at most 4 + 19 bits.
    """
    span = hi - lo
    rest = _rest(hi, -lo, span)
    top = (levels - 1) * unit * k
    under = (levels - 1) * unit * (k - 1)
    below = (levels - 1) * smaller * 255
    needed = below < span or (below == span and rest > 0)
    if k == 0 or top < span or (top == span and rest > 0):
        return FLAG_FACTOR, needed
    if k > 1 and (under > span or (under == span and rest <= 0)):
        return FLAG_FACTOR, needed
    s = unit * k
    off = abs(-lo - zero * s)  # exact wherever it is near s / 2, as in `_differences`
    if 2 * off > s or (2 * off == s and zero % 2 == 1):
        return FLAG_ZERO, needed
    return 0, needed


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def check_rows(
    w: npt.NDArray[np.uint32],
    packed: npt.NDArray[np.uint8],
    scales: F64,
    smaller: F64,
    factors: npt.NDArray[np.uint8],
    zeros: npt.NDArray[np.uint8],
    places: npt.NDArray[np.uint32],
    zero_at: int,
    size: int,
    fitted: bool,
    found: F64,
    flags: npt.NDArray[np.int64],
) -> None:
    """Check output channels `w [R, K]` (the bits of float32).

    `smaller` holds the next smaller scale, 0 where the scale is the least one; `places [K]` is the
    position of each input channel in salience order, `zero_at` that of the zero channel of an odd
    K, else -1. `flags[r]` is 0 or names the kind
    of claim that row `r` breaks, which Python then explains. `found[r]` becomes: the largest
    `|w' - w| / s` as numerator and denominator, `sum d**2`, `sum s**2`, `sum |q - z|` wide and
    narrow, the largest `|q - z|` wide and narrow, 1 if some `d` is not exact, `sum w**2`.
    """
    pairs = (w.shape[1] + 1) // 2
    groups = factors.shape[1]
    bits = np.zeros(2 * pairs, dtype=np.uint32)
    x = bits.view(np.float32)
    codes = np.zeros((2, pairs), dtype=np.uint8)
    d = np.zeros(2 * pairs)
    for r in range(w.shape[0]):
        row = w[r]
        exponent = np.uint32(0x7F800000)
        infinite = False
        for i in range(len(row)):  # the zero channel of an odd K is never written: it stays zero
            bits[places[i]] = row[i]
        for i in range(2 * pairs):
            infinite |= (bits[i] & exponent) == exponent
        if infinite:
            flags[r] = FLAG_FINITE
            continue
        flag = 0 if unpack(packed[r], pairs, codes) else FLAG_PADDING
        ratio, best_d, best_s = -1.0, 0.0, 1.0
        steps_squared = 0.0
        all_exact = True
        for half in range(2):
            levels = 16 >> half
            unit = scales[r, half]
            total, largest = 0, 0
            empty, needed = True, smaller[r, half] == 0.0
            for g in range(groups):
                start, stop = g * size, min((g + 1) * size, pairs)
                here = slice(half * pairs + start, half * pairs + stop)
                own = codes[half, start:stop]
                pair = zeros[r, g]
                zero = np.int32(pair & 15) if half == 0 else np.int32(pair >> 4)
                k = np.int64(factors[r, g, half])
                s = unit * k
                if fitted:
                    lo, hi = _range_of(x[here])
                    new, more = _grid_flag(
                        np.float64(lo), np.float64(hi), unit, smaller[r, half], k, zero, levels
                    )
                    empty = empty and lo == hi
                    needed = needed or more
                    flag = flag if flag else new
                elif k == 0 or zero >= levels:
                    flag = flag if flag else FLAG_FACTOR
                biggest = _differences(x[here], own, zero, s, d[here])
                if 2 * biggest >= s:
                    new, exact = _scan(x[here], own, zero, s, levels, fitted, d[here])
                    flag = flag if flag else new
                    all_exact = all_exact and exact
                distance, most = _distances(own, zero)
                total += distance
                largest = max(largest, most)
                count = stop - start
                if here.start <= zero_at < here.stop:
                    count -= 1
                    if own[zero_at - here.start] != zero:
                        flag = flag if flag else FLAG_CODE
                steps_squared += count * s * s
                if s > 0 and (
                    biggest / s > ratio
                    or (biggest / s == ratio and _is_more(biggest, best_s, best_d, s))
                ):
                    ratio, best_d, best_s = biggest / s, biggest, s
            if fitted and ((empty and unit != 1.0) or not (empty or needed)):
                flag = flag if flag else FLAG_SCALE
            found[r, 4 + half] = total
            found[r, 6 + half] = largest
        found[r, 0] = best_d
        found[r, 1] = best_s
        found[r, 2] = _sum_squares(d)
        found[r, 3] = steps_squared
        found[r, 8] = 0.0 if all_exact else 1.0
        found[r, 9] = _sum_squares(x)
        flags[r] = flag

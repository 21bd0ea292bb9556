"""Fits grids and quantizes to them (design section 3), over whole tensors.

Exact throughout, although it computes in float64:

* a test `(L-1) * k * S >= hi - lo` compares a product that float64 holds exactly (4 + 8 + 11 bits)
  with the span rounded *up* to float64; no float64 lies strictly between the span and that, so the
  answer is the exact one;
* `S` is looked up in the table of all positive 16-bit floats;
* `w / s` and `-lo / s` never cross a rounding tie in float64 (T1f), and `rint` rounds half to even.

Tests hold all of it bit for bit against the exact kernels of `veriquant.kernels.grid`.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any, Literal

import ml_dtypes
import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.fast.compiled import driver, finite_driver
from veriquant.fast.pack import (
    BLOCK_PAIRS,
    block_words,
    pack_pair,
    pack_pairs,
    pack_row,
    readonly,
    stream_bytes,
)
from veriquant.fast.threads import run_rows
from veriquant.layout import NARROW_LEVELS, WIDE_LEVELS, Grid, ScaleDtype

U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

#: Largest group factor `k`: one byte, never zero.
MAX_FACTOR = 255
#: Least positive normal float16; below it float16 loses bits, and `auto` takes bfloat16.
FLOAT16_NORMAL = 2.0**-14
_LEVELS = np.array([WIDE_LEVELS, NARROW_LEVELS], np.float64)
#: Bits of -0.0; those of smaller numbers are larger (as unsigned integers).
NEGATIVE_ZERO = 0x80000000
#: Rough cost of fitting one group, to decide whether threads pay.
FIT_NANOSECONDS = 10
#: Input channels are summed in blocks of this many output channels, in a fixed order, so that the
#: salience does not depend on the number of threads.
SALIENCE_ROWS = 256
#: Input channels summed at once: their sums stay in the first-level cache.
SALIENCE_CHANNELS = 1024


def pair_count(channels: int) -> int:
    """`P`: odd `K` gets one zero channel."""
    return (channels + 1) // 2


def group_pairs(pairs: int, group_size: int) -> int:
    """Pairs in a full group; `group_size` 0 is the whole output channel."""
    return group_size if 0 < group_size < pairs else pairs


def group_count(pairs: int, group_size: int) -> int:
    """`G = ceil(P / group_size)`."""
    size = group_pairs(pairs, group_size)
    return (pairs + size - 1) // size


def salience_of(w: F32, activations: npt.NDArray[Any] | None = None) -> F64:
    """Salience of each input channel of `w [N, K]`: its L2 norm (float64 `[K]`).

    With `activations [K]` (mean magnitudes) or `[T, K]` (samples): times the mean |activation|.
    """
    rows, channels = w.shape
    blocks = (rows + SALIENCE_ROWS - 1) // SALIENCE_ROWS
    squares = np.zeros((blocks, channels))
    w = readonly(w)
    run_rows(blocks, w.size, lambda i, j: _channel_squares(w, squares, i, j))
    norms: F64 = np.sqrt(squares.sum(axis=0))
    if activations is not None:
        magnitude = np.abs(np.asarray(activations, np.float64))
        norms = norms * (magnitude if magnitude.ndim == 1 else magnitude.mean(axis=0))
    return norms


def rank_channels(salience: npt.NDArray[Any]) -> U32:
    """`perm uint32 [2 P]`: channels by falling salience, equals by number, a zero channel last."""
    order = np.argsort(-np.asarray(salience, np.float64), kind="stable").astype(np.uint32)
    if len(order) % 2:
        order = np.append(order, np.uint32(len(order)))
    return order


def weight_ranges(w: F32, perm: U32, group_size: int) -> F32:
    """`lo = min(0, min w)`, `hi = max(0, max w)` of every group: float32 `[N, G, 2 halves, 2]`."""
    rows, pairs = w.shape[0], len(perm) // 2
    size = group_pairs(pairs, group_size)
    ranges = np.empty((rows, group_count(pairs, group_size), 2, 2), np.float32)
    w, perm = readonly(w), readonly(perm)
    run_rows(rows, w.size, lambda i, j: _weight_ranges(w, perm, size, ranges, i, j))
    return ranges


def spans_of(ranges: F32) -> F64:
    """`hi - lo` of each group, rounded up to float64 (`[N, G, 2]`): see the module's first note."""
    spans = np.empty(ranges.shape[:3])
    work = partial(_spans, readonly(ranges), spans)
    run_rows(len(spans), FIT_NANOSECONDS * spans.size, work)
    return spans


def least_scales(
    spans: F64,
    scale_dtype: Literal["auto", "float16", "bfloat16"] = "auto",
    name: str | None = None,
) -> npt.NDArray[Any]:
    """Least 16-bit floats `S [N, 2]` for which every group of `spans [N, G, 2]` has a `k <= 255`.

    1 for channels of zeros. `auto` is float16 unless a channel needs less than its least normal
    number or more than its largest; then the whole tensor gets bfloat16. Raises QuantizationError
    where the given `scale_dtype` cannot hold a scale, naming the output channel.
    """
    most = np.empty((len(spans), 2))
    _widest(readonly(spans), most)  # spans.max(axis=1), whose inner loop of two is slow
    zero = most == 0
    if scale_dtype != "bfloat16":
        table = positive_floats("float16")
        index = _least_index("float16", most)
        fits = index < len(table)
        scales = np.where(zero, 1.0, table[np.minimum(index, len(table) - 1)])
        if bool((fits & (scales >= FLOAT16_NORMAL)).all()):
            return scales.astype(np.float16)
        if scale_dtype == "float16":
            if not fits.all():
                row, half = (int(i[0]) for i in np.nonzero(~fits))
                raise QuantizationError(
                    "the range of its weights needs a scale above float16's largest, 65504",
                    tensor=name,
                    position=f"output channel {row}, {('wide', 'narrow')[half]} half",
                    value=f"range {most[row, half]:g}",
                    remedy="use scale_dtype 'auto' or 'bfloat16' (--scale-dtype)",
                )
            return scales.astype(np.float16)
    table = positive_floats("bfloat16")
    # Always found: the widest range, 2 * 2**128, needs 2**129 / (7 * 255) < 2**119.
    scales = np.where(zero, 1.0, table[_least_index("bfloat16", most)])
    return scales.astype(ml_dtypes.bfloat16)


def fit_ranges(
    ranges: F32,
    scale_dtype: Literal["auto", "float16", "bfloat16"] = "auto",
    name: str | None = None,
) -> Grid:
    """The grid of design section 3 for given ranges (`weight_ranges`)."""
    spans = spans_of(ranges)
    scales = least_scales(spans, scale_dtype, name)
    rows, groups = spans.shape[:2]
    factors = np.empty((rows, groups, 2), np.uint8)
    zeros = np.empty((2, rows, groups), np.uint8)
    units = scales.astype(np.float64)
    ranges, spans, units = readonly(ranges), readonly(spans), readonly(units)
    work = partial(_fit_groups, ranges, spans, units, factors, zeros)
    run_rows(rows, FIT_NANOSECONDS * spans.size, work)
    grid = Grid(scales, factors, zeros[0], zeros[1])
    check_reach(grid, name)
    return grid


def fit_rtn(
    w: F32,
    perm: U32,
    group_size: int,
    scale_dtype: Literal["auto", "float16", "bfloat16"] = "auto",
    name: str | None = None,
) -> Grid:
    """Fit the grids of finite `w` float32 `[N, K]` under the channel order `perm` (section 3).

    Every group: `k` least with `(L-1) k S >= hi - lo`, `S` least 16-bit float with all `k <= 255`,
    `z = rne(-lo / (k S))`. Raises QuantizationError (see `least_scales`, `check_reach`).
    """
    return fit_ranges(weight_ranges(w, perm, group_size), scale_dtype, name)


def quantize_codes(w: F32, perm: U32, group_size: int, grid: Grid) -> tuple[U8, U8]:
    """Codes `(wide, narrow)`, uint8 `[N, P]`, of `w` float32 `[N, K]` on any grid.

    `q = clamp(rne(w / s) + z, 0, L-1)`; a zero channel that pads odd `K` has code `z`.
    """
    rows, pairs = w.shape[0], len(perm) // 2
    size = group_pairs(pairs, group_size)
    wide, narrow = np.empty((rows, pairs), np.uint8), np.empty((rows, pairs), np.uint8)
    w, perm, parts = readonly(w), readonly(perm), _grid_parts(grid)
    run_rows(rows, w.size, lambda i, j: _quantize_codes(w, perm, size, *parts, wide, narrow, i, j))
    return wide, narrow


def quantize_packed(w: F32, perm: U32, group_size: int, grid: Grid) -> U8:
    """`pack_rows(*quantize_codes(...))` in one pass, without the codes in memory."""
    rows, pairs = w.shape[0], len(perm) // 2
    size = group_pairs(pairs, group_size)
    packed = np.empty((rows, stream_bytes(pairs)), np.uint8)
    words = block_words(packed)
    w, perm, parts = readonly(w), readonly(perm), _grid_parts(grid)
    run_rows(
        rows, w.size, lambda i, j: _quantize_packed(w, perm, size, *parts, packed, words, i, j)
    )
    return packed


def packed_zeros(grid: Grid) -> U8:
    """Zero points as stored: `z_wide | z_narrow << 4`, uint8 `[N, G]`."""
    return pack_pairs(grid.zeros_wide, grid.zeros_narrow)


def check_reach(grid: Grid, name: str | None = None) -> None:
    """Raise QuantizationError where a value of the grid exceeds the largest float32.

    Only weights beyond about 1.7e38 can come to that.
    """
    largest = float(np.finfo(np.float32).max)
    if (WIDE_LEVELS - 1) * MAX_FACTOR * float(grid.scales.max()) <= largest:
        return
    zeros = np.stack([grid.zeros_wide, grid.zeros_narrow], axis=-1)
    steps: F64 = np.maximum(zeros, _LEVELS - 1 - zeros) * grid.group_scales
    reach = steps * grid.scales.astype(np.float64)[:, None, :]
    broken = reach > largest
    if broken.any():
        row, group, half = (int(i[0]) for i in np.nonzero(broken))
        raise QuantizationError(
            "the grid that covers its weights ends above the largest float32",
            tensor=name,
            position=f"output channel {row}, group {group}, {('wide', 'narrow')[half]} half",
            value=f"{reach[row, group, half]:g}",
            remedy="scale the tensor down by a power of two",
        )


@cache
def positive_floats(dtype: ScaleDtype) -> F64:
    """All positive finite numbers of a 16-bit float type, ascending, as float64."""
    infinity, kind = (0x7C00, np.float16) if dtype == "float16" else (0x7F80, ml_dtypes.bfloat16)
    bits = np.arange(1, infinity, dtype=np.uint16)  # positive floats are ordered as their bits
    return bits.view(kind).astype(np.float64)


@cache
def _covered(dtype: ScaleDtype, half: int) -> F64:
    """The widest range that each scale of `positive_floats` covers, `(L-1) * 255 * S`: exact."""
    reach: F64 = (_LEVELS[half] - 1) * MAX_FACTOR * positive_floats(dtype)
    return reach


def _least_index(dtype: ScaleDtype, spans: F64) -> npt.NDArray[np.intp]:
    """First `S` of `positive_floats` with `(L-1) * 255 * S >= span`, for `spans [N, 2]`."""
    halves = [np.searchsorted(_covered(dtype, half), spans[:, half]) for half in range(2)]
    return np.stack(halves, axis=1)


def _grid_parts(grid: Grid) -> tuple[Any, ...]:
    """`S` as float64, `k`, `z` wide, `z` narrow, as the drivers take them."""
    return (
        readonly(grid.scales.astype(np.float64)),
        readonly(grid.group_scales),
        readonly(grid.zeros_wide),
        readonly(grid.zeros_narrow),
    )


@driver
def _channel_squares(w: F32, squares: F64, start: int, stop: int) -> None:
    for b in range(start, stop):
        for first in range(0, w.shape[1], SALIENCE_CHANNELS):
            last = min(first + SALIENCE_CHANNELS, w.shape[1])
            for r in range(b * SALIENCE_ROWS, min((b + 1) * SALIENCE_ROWS, w.shape[0])):
                for c in range(first, last):
                    x = np.float64(w[r, np.uintp(c)])
                    squares[b, np.uintp(c)] += x * x


@driver
def _gather_row(w: F32, r: int, perm: U32, line: F32, tile: F32) -> None:
    """Row `r` in channel order; `line [2 P]` is room for it, with zero in the channel of padding.

    Copied in order first: memory streams, where a permuted read of it would wait.
    """
    for c in range(w.shape[1]):
        line[c] = w[r, c]
    for i in range(len(perm)):
        tile[i] = line[perm[i]]


@driver
def _range_of(signed: Any, unsigned: Any, first: int, last: int) -> tuple[Any, Any]:
    """Bits of `min(0, min w)` and `max(0, max w)` of weights given as their bits, twice.

    Positive floats are ordered as their bits, and above all negative ones as signed integers;
    negative floats fall as their bits rise, and are above all positive ones as unsigned integers.
    Integer maxima become vector instructions; float ones, which must ask for NaN, do not.
    """
    lo = np.uint32(0)
    hi = np.int32(0)
    for i in range(first, last):
        lo = max(lo, unsigned[np.uintp(i)])
        hi = max(hi, signed[np.uintp(i)])
    return (lo if lo > NEGATIVE_ZERO else np.uint32(0)), np.uint32(hi)


@driver
def _weight_ranges(w: F32, perm: U32, size: int, ranges: F32, start: int, stop: int) -> None:
    pairs = len(perm) // 2
    line = np.zeros(len(perm), np.float32)
    tile = np.empty(len(perm), np.float32)
    signed, unsigned, out = tile.view(np.int32), tile.view(np.uint32), ranges.view(np.uint32)
    for r in range(start, stop):
        _gather_row(w, r, perm, line, tile)
        for g in range(ranges.shape[1]):
            for half in range(2):
                first = g * size
                last = min(first + size, pairs)
                lo, hi = _range_of(signed, unsigned, half * pairs + first, half * pairs + last)
                out[r, g, half, 0] = lo
                out[r, g, half, 1] = hi


@driver
def _spans(ranges: F32, spans: F64, start: int, stop: int) -> None:
    for r in range(start, stop):
        for g in range(spans.shape[1]):
            for half in range(2):
                lo = np.float64(ranges[r, g, half, 0])
                hi = np.float64(ranges[r, g, half, 1])
                span = hi - lo
                part = span - hi  # TwoSum of hi and -lo: what the subtraction lost
                lost = (hi - (span - part)) + (-lo - part)
                spans[r, g, half] = np.nextafter(span, np.inf) if lost > 0 else span


@finite_driver
def _widest(spans: F64, most: F64) -> None:
    for r in range(spans.shape[0]):
        wide = 0.0
        narrow = 0.0
        for g in range(spans.shape[1]):
            wide = wide if wide > spans[r, g, 0] else spans[r, g, 0]
            narrow = narrow if narrow > spans[r, g, 1] else spans[r, g, 1]
        most[r, 0] = wide
        most[r, 1] = narrow


@driver
def _fit_groups(
    ranges: F32, spans: F64, units: F64, factors: U8, zeros: U8, start: int, stop: int
) -> None:
    for r in range(start, stop):
        for g in range(spans.shape[1]):
            for half in range(2):
                top = (7.0 if half else 15.0) * units[r, half]  # (L-1) * S, exact
                span = spans[r, g, half]
                # Exact: if span > top * k (both float64), span is at least the next float64, and
                # the quotient exceeds k by more than half its ulp (k / 2**e >= 1 while
                # top * k / 2**f < 2), so it is not rounded down to k; nor up past one.
                k = max(1.0, np.ceil(span / top))
                factors[r, g, half] = np.uint8(k)
                step = units[r, half] * k
                zeros[half, r, g] = np.uint8(np.rint(-np.float64(ranges[r, g, half, 0]) / step))


@driver
def _quantize_part(
    tile: F32, first: int, last: int, step: float, zero: int, levels: int, codes: U8, to: int
) -> None:
    """`clamp(rne(w / s) + z, 0, L-1)` of `tile[first:last]`, to `codes[to:]`.

    Clamped as a float, so that no conversion overflows.
    """
    shift = np.float64(zero)
    most = np.float64(levels - 1)
    for i in range(last - first):
        q = np.rint(np.float64(tile[np.uintp(first + i)]) / step) + shift
        q = q if q > 0.0 else 0.0
        q = q if q < most else most
        codes[np.uintp(to + i)] = np.uint8(np.int32(q))


@driver
def _quantize_row(
    w: F32, r: int, perm: U32, size: int, units: F64, factors: U8, zeros_wide: U8,
    zeros_narrow: U8, line: F32, tile: F32, wide: U8, narrow: U8,
) -> None:  # fmt: skip
    """Codes of row `r`, `wide [P]` and `narrow [P]`."""
    pairs = len(perm) // 2
    _gather_row(w, r, perm, line, tile)
    for g in range(factors.shape[1]):
        first = g * size
        last = min(first + size, pairs)
        step = units[r, 0] * factors[r, g, 0]
        _quantize_part(tile, first, last, step, zeros_wide[r, g], 16, wide, first)
        step = units[r, 1] * factors[r, g, 1]
        _quantize_part(
            tile, pairs + first, pairs + last, step, zeros_narrow[r, g], 8, narrow, first
        )


@driver
def _quantize_codes(
    w: F32, perm: U32, size: int, units: F64, factors: U8, zeros_wide: U8, zeros_narrow: U8,
    wide: U8, narrow: U8, start: int, stop: int,
) -> None:  # fmt: skip
    line = np.zeros(len(perm), np.float32)
    tile = np.empty(len(perm), np.float32)
    for r in range(start, stop):
        _quantize_row(
            w,
            r,
            perm,
            size,
            units,
            factors,
            zeros_wide,
            zeros_narrow,
            line,
            tile,
            wide[r],
            narrow[r],
        )


@driver
def _quantize_packed(
    w: F32, perm: U32, size: int, units: F64, factors: U8, zeros_wide: U8, zeros_narrow: U8,
    packed: U8, words: Any, start: int, stop: int,
) -> None:  # fmt: skip
    pairs = len(perm) // 2
    line = np.zeros(len(perm), np.float32)
    tile = np.empty(len(perm), np.float32)
    wide = np.empty(pairs, np.uint8)
    narrow = np.empty(pairs, np.uint8)
    lane_words = np.zeros((pairs + BLOCK_PAIRS - 1) // BLOCK_PAIRS, np.int64)
    lanes = lane_words.view(np.uint8)
    for r in range(start, stop):
        _quantize_row(
            w, r, perm, size, units, factors, zeros_wide, zeros_narrow, line, tile, wide, narrow
        )
        for i in range(pairs):
            lanes[i] = pack_pair(wide[i], narrow[i])
        pack_row(lane_words, packed, words, r)

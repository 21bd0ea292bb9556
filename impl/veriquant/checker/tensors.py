"""One quantized tensor: its arrays, its grid, its codes and its errors against the source.

The compiled loop of `rows` says which channel breaks a claim; the executable specification then
says which claim and weight, in rational arithmetic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt

from veriquant.checker.claims import derive
from veriquant.checker.files import PARTS, Array, Entry
from veriquant.checker.findings import Broken
from veriquant.checker.rows import check_rows, unpack
from veriquant_spec import grid as spec_grid
from veriquant_spec.rounding import rne

F64 = npt.NDArray[np.float64]
LEVELS = (16, 8)
HALF_NAMES = ("wide", "narrow")
#: Least positive scale of each dtype.
LEAST_SCALE = {
    "float16": float(np.finfo(np.float16).smallest_subnormal),
    "bfloat16": float(ml_dtypes.finfo(ml_dtypes.bfloat16).smallest_subnormal),
}
#: Without a forced dtype, float16 scales are normal numbers (design section 3).
LEAST_NORMAL = float(np.finfo(np.float16).smallest_normal)
#: Output channels are checked in blocks of about this many weights: small beside any tensor.
BLOCK_WEIGHTS = 1 << 20
#: Tensors of fewer weights are checked by the calling thread: handing them over takes 0.1 ms.
SERIAL_WEIGHTS = 1 << 16


def check_tensor(
    entry: Entry,
    parts: Mapping[str, Entry],
    record: Mapping[str, Any],
    pool: ThreadPoolExecutor,
    jobs: int,
    automatic: bool,
    on_bytes: Callable[[int], None],
) -> dict[str, Any]:
    """Check a quantized tensor's arrays against its source; its derived certificate."""
    n, k = _check_record(entry, parts, record)
    pairs, size = (k + 1) // 2, record["group_size"] or (k + 1) // 2
    arrays = {part: parts[part].array() for part in PARTS}
    perm = arrays["perm"].astype(np.int64)
    if not np.array_equal(np.sort(perm), np.arange(2 * pairs)):
        bad = next((i for i, p in enumerate(perm) if p >= 2 * pairs or (perm[:i] == p).any()), 0)
        raise Broken("perm is a permutation", f"perm[{bad}] = {perm[bad]}", weight=perm[bad])
    scales = arrays["scales"].astype(np.float64)
    bad_scales = ~(np.isfinite(scales) & (scales > 0))
    if bad_scales.any():
        channel, half = np.argwhere(bad_scales)[0]
        raise Broken(
            "scales are finite and positive", f"{HALF_NAMES[half]} scale {scales[channel, half]}",
            channel,
        )  # fmt: skip
    least = LEAST_SCALE[record["scale_dtype"]]
    before = (arrays["scales"].view(np.uint16) - np.uint16(1)).view(arrays["scales"].dtype)
    smaller = np.where(scales > least, before.astype(np.float64), 0.0)
    if automatic and record["scale_dtype"] == "float16" and (scales < LEAST_NORMAL).any():
        channel = np.argwhere(scales < LEAST_NORMAL)[0][0]
        raise Broken("float16 scales are normal", f"scale {scales[channel].min()}", channel)
    if (arrays["zeros"] > 127).any():
        channel, group = np.argwhere(arrays["zeros"] > 127)[0]
        byte = arrays["zeros"][channel, group]
        raise Broken("zero points lie on the grid", f"group {group}: byte {byte}", channel)
    zero_at = int(np.flatnonzero(perm == k)[0]) if k % 2 else -1
    found, flags = np.empty((n, 10)), np.zeros(n, dtype=np.int64)
    fitted = record["method"] == "rtn"
    digest, packed_digest = hashlib.sha256(), hashlib.sha256()
    rows_per_block = max(1, BLOCK_WEIGHTS // k)
    places = np.empty(2 * pairs, dtype=np.uint32)  # the inverse of perm; unsigned: no wraparound
    places[perm] = np.arange(2 * pairs)
    places = places[:k]

    def work(rows: slice) -> None:
        check_rows(
            _float_bits(source[rows]), packed[rows], scales[rows], smaller[rows],
            arrays["group_scales"][rows], arrays["zeros"][rows], places, zero_at, size, fitted,
            found[rows], flags[rows],
        )  # fmt: skip

    source, packed = entry.array(), arrays["packed"]
    waiting: list[Any] = []
    for start in range(0, n, rows_per_block):
        rows = slice(start, min(start + rows_per_block, n))
        if n * k < SERIAL_WEIGHTS:
            work(rows)
        else:
            waiting.append(pool.submit(work, rows))
        digest.update(source[rows].view(np.uint8).data)
        packed_digest.update(packed[rows].data)
        on_bytes(source[rows].nbytes)
        if len(waiting) > jobs:  # bounds the memory of blocks in flight
            waiting.pop(0).result()
    for future in waiting:
        future.result()
    if flags.any():
        r = int(np.flatnonzero(flags)[0])
        _explain(
            _floats(source[r : r + 1])[0], packed[r], scales[r], smaller[r],
            arrays["group_scales"][r], arrays["zeros"][r], perm, size, fitted, r,
        )  # fmt: skip
    best = _maximum(
        found,
        lambda r: _row_ratios(
            _floats(source[r : r + 1])[0], packed[r], scales[r], arrays["group_scales"][r],
            arrays["zeros"][r], perm, size,
        ),
    )  # fmt: skip
    ratio, channel, weight = best
    if fitted and ratio > Fraction(1, 2):
        raise Broken("T1c", f"|w' - w| / s = {ratio} > 1/2", channel, weight)
    return derive(entry, parts, record, found, best, digest.hexdigest(),
                   packed_digest.hexdigest(), k)  # fmt: skip


def _check_record(
    entry: Entry, parts: Mapping[str, Entry], record: Mapping[str, Any]
) -> tuple[int, int]:
    """The file's metadata of a tensor agrees with the source and with the stored arrays."""
    for part in PARTS:
        if part not in parts:
            raise Broken("complete", f"entry {entry.name}.{part} is missing")
    if len(entry.shape) != 2 or 0 in entry.shape or list(entry.shape) != record["shape"]:
        raise Broken("metadata", f"shape {record['shape']}, source {list(entry.shape)}")
    if entry.dtype not in ("F32", "F16", "BF16") or record["source_dtype"] != entry.dtype:
        raise Broken("metadata", f"dtype {record['source_dtype']}, source {entry.dtype}")
    n, k = entry.shape
    pairs, size = (k + 1) // 2, record["group_size"]
    if record["pairs"] != pairs or type(size) is not int or not 0 <= size < 1 << 31:
        raise Broken("metadata", f"{record['pairs']} pairs, group size {size!r}")
    groups = -(-pairs // size) if size else 1
    expected = {
        "packed": ("U8", (n, -(-7 * pairs // 8))),
        "scales": ({"float16": "F16", "bfloat16": "BF16"}.get(record["scale_dtype"]), (n, 2)),
        "group_scales": ("U8", (n, groups, 2)),
        "zeros": ("U8", (n, groups)),
        "perm": ("U16" if 2 * pairs <= 1 << 16 else "U32", (2 * pairs,)),
    }
    for part, spec in expected.items():
        if (parts[part].dtype, parts[part].shape) != spec:
            raise Broken(
                "metadata", f"{part} is {parts[part].dtype} {parts[part].shape}, must be {spec}"
            )
    return n, k


def _floats(w: Array) -> npt.NDArray[np.float32]:
    return _float_bits(w).view(np.float32)


def _float_bits(w: Array) -> npt.NDArray[np.uint32]:
    """The bits of `w` as float32 (exact: bfloat16 is its upper half), read-only."""
    if w.dtype == np.float32:
        return w.view(np.uint32)
    if w.dtype == np.float16:
        bits = w.astype(np.float32).view(np.uint32)
    else:
        bits = w.view(np.uint16).astype(np.uint32) << np.uint32(16)
    bits.flags.writeable = False  # one compiled kernel for all dtypes
    return bits


def _codes(packed: npt.NDArray[np.uint8], pairs: int) -> tuple[npt.NDArray[np.uint8], bool]:
    codes = np.zeros((2, pairs), dtype=np.uint8)
    clean = bool(unpack(packed, pairs, codes))
    return codes, clean


def _maximum(
    found: F64, row_ratios: Callable[[int], list[Fraction | None]]
) -> tuple[Fraction, int, int]:
    """Exact maximum of `|w' - w| / s`, and the first channel and weight that attain it.

    Division rounds monotonically, so only rows that reach the largest quotient can hold the
    maximum, and those of them with equal numerator and denominator are ties.
    """
    inexact = found[:, 8] != 0
    quotient = found[:, 0] / found[:, 1]
    rows = np.flatnonzero(inexact | (quotient == quotient[~inexact].max(initial=-1.0)))
    best, channel = Fraction(-1), 0
    weights: list[Fraction | None] = []
    for r in rows:
        if inexact[r]:
            ratio = max(x for x in row_ratios(int(r)) if x is not None)
        else:
            ratio = Fraction(found[r, 0]) / Fraction(found[r, 1])
        if ratio > best:
            best, channel = ratio, int(r)
    weights = row_ratios(channel)
    return best, channel, weights.index(best)


def _row_ratios(
    w: npt.NDArray[np.float32],
    packed: npt.NDArray[np.uint8],
    scales: F64,
    factors: npt.NDArray[np.uint8],
    zeros: npt.NDArray[np.uint8],
    perm: npt.NDArray[np.int64],
    size: int,
) -> list[Fraction | None]:
    """Exact `|w' - w| / s` of the weights of one channel that may be its largest, else None."""
    pairs = len(perm) // 2
    codes, _ = _codes(packed, pairs)
    group = np.arange(pairs) // size
    zero = np.stack([zeros & 15, zeros >> 4])[:, group].astype(np.int64)
    steps = codes - zero
    s = scales[:, None] * factors.T[:, group].astype(np.float64)
    value = np.zeros(2 * pairs)
    step = np.zeros(2 * pairs)
    value[perm], step[perm] = (steps * s).ravel(), s.ravel()
    count = len(w)
    rough = np.abs(w.astype(np.float64) - value[:count]) / step[:count]
    exact: list[Fraction | None] = [None] * count
    for k in np.flatnonzero(rough >= rough.max() * (1 - 2.0**-40)):
        exact[k] = abs(Fraction(float(w[k])) - Fraction(value[k])) / Fraction(step[k])
    return exact


def _explain(
    w: npt.NDArray[np.float32],
    packed: npt.NDArray[np.uint8],
    scales: F64,
    smaller: F64,
    factors: npt.NDArray[np.uint8],
    zeros: npt.NDArray[np.uint8],
    perm: npt.NDArray[np.int64],
    size: int,
    fitted: bool,
    channel: int,
) -> None:
    """Raise Broken with the first claim a flagged channel breaks, derived by the specification."""
    pairs = len(perm) // 2
    codes, clean = _codes(packed, pairs)
    if not np.isfinite(w).all():
        k = int(np.flatnonzero(~np.isfinite(w))[0])
        raise Broken("finite source", f"w = {w[k]}", channel, k)
    if not clean:
        raise Broken("padding bits are zero", f"last byte {packed[-1]}", channel)
    weights = [Fraction(float(x)) for x in w] + [Fraction(0)] * (2 * pairs - len(w))
    wrong: list[tuple[int, str, str]] = []
    for half, levels in enumerate(LEVELS):
        unit = Fraction(scales[half])
        spans = []
        for g in range(len(factors)):
            inputs = perm[half * pairs + g * size : half * pairs + min((g + 1) * size, pairs)]
            group = [weights[int(i)] for i in inputs]
            lo, hi = spec_grid.weight_range(group)
            spans.append(hi - lo)
            k, zero = int(factors[g, half]), int(zeros[g] >> 4 if half else zeros[g] & 15)
            where = f"{HALF_NAMES[half]} group {g}"
            if k == 0 or zero >= levels:
                raise Broken("group factors and zero points lie in range",
                              f"{where}: k = {k}, z = {zero}", channel)  # fmt: skip
            if fitted:
                least = spec_grid.least_factor(hi - lo, unit, levels)
                if k != least:
                    raise Broken("k is the least that covers its group",
                                  f"{where}: k = {k}, least {least}", channel)  # fmt: skip
                expected = rne(-lo / (unit * k))
                if zero != expected:
                    raise Broken("z = rne(-lo / s)", f"{where}: z = {zero}, must be {expected}",
                                  channel)  # fmt: skip
            grid = spec_grid.Grid(unit, k, zero, levels)
            own = codes[half, g * size : (g + 1) * size]
            for i, code in zip(inputs, own, strict=True):
                value = weights[int(i)]
                nearest = spec_grid.quantize(value, grid)
                if int(i) == len(w) and code != zero:
                    wrong.append((int(i), "the zero channel is zero", f"{where}: code {code}"))
                elif fitted and code != nearest:
                    wrong.append((
                        int(i), "q = clamp(rne(w / s) + z)",
                        f"{where}: code {code}, must be {nearest} for w = {float(value)!r}",
                    ))  # fmt: skip
                elif fitted and 2 * abs(spec_grid.dequantize(int(code), grid) - value) > grid.scale:
                    wrong.append((int(i), "T1c", f"{where}: |w' - w| > s / 2"))
        if fitted and not any(spans) and unit != 1:
            raise Broken("S = 1 for a half of zeros", f"{HALF_NAMES[half]} scale {unit}", channel)
        previous = Fraction(smaller[half])
        top = (levels - 1) * previous * spec_grid.MAX_FACTOR
        if fitted and any(spans) and previous and top >= max(spans):
            raise Broken(
                    "S is the least scale", f"{HALF_NAMES[half]}: {float(previous)!r} covers the "
                    f"channel as well as {float(unit)!r}", channel,
                )  # fmt: skip
    if wrong:
        k, claim, detail = min(wrong)
        raise Broken(claim, detail, channel, k)
    raise AssertionError(f"channel {channel} was flagged, but the specification accepts it")

"""Products of int8 activations with packed weights; the weights are never materialised.

Per output channel and group the integer `sum a * (q - z)` is taken as `sum a * q - z * sum a`. Both
sums are int32 over segments of at most `SEGMENT` pairs, which T2 proves safe in any order; segments
and groups are then added, times `k`, in int64. So the result is exact up to the last step,

    y = t * (S_wide * sum_g k_g wide_g + S_narrow * sum_g k_g narrow_g)

which is done once per output in float64: two products, a sum and a product, then float32.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.fast import simd
from veriquant.fast.compiled import driver
from veriquant.fast.grid import group_pairs
from veriquant.fast.pack import (
    BLOCK_PAIRS,
    readonly,
    readonly_words,
    unpack_narrow,
    unpack_pairs,
    unpack_row,
    unpack_wide,
)
from veriquant.fast.simd import CHUNK_PAIRS, LANE_CHUNKS, LANES, chunk_dots, pair_steps
from veriquant.fast.threads import run_rows
from veriquant.layout import StoredTensor
from veriquant_spec.types import MAX_K

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
F32 = npt.NDArray[np.float32]

#: Pairs that one int32 accumulator takes: half of the largest reduction T2 is stated for. Longer
#: ones are split, so any `K` is safe.
SEGMENT = MAX_K // 2
#: A cache line, and a vector of AVX-512.
LINE_BYTES = 64
#: `128 * 15 * pairs <= 2**31 - 1`: the longest group whose accumulator `matmul_int` can return.
LONGEST_GROUP = (2**31 - 1) // (128 * 15)


def matmul(tensor: StoredTensor, x: Any) -> F32:
    """See `QuantizedTensor.matmul`."""
    from veriquant.arrays import as_reals

    x = as_reals(x, "activations")
    if x.ndim not in (1, 2) or x.shape[-1] != tensor.shape[1]:
        raise QuantizationError(
            f"activations must be [M, {tensor.shape[1]}] or [{tensor.shape[1]}]",
            value=f"shape {list(x.shape)}", remedy="give one row per sample, K values each",
        )  # fmt: skip
    rows = x.reshape(-1, tensor.shape[1])
    if x.dtype == np.int8:
        a, scales = rows, np.ones(len(rows))
    else:
        a, scales = quantize_activations(rows)
    y = gemm(tensor, a, scales)
    return y if x.ndim == 2 else y[0]


def quantize_activations(x: npt.NDArray[Any]) -> tuple[I8, npt.NDArray[np.float64]]:
    """Rows of `x [M, K]` as int8 `a = rne(x / t)` and `t = max|x| / 127` (float64 `[M]`).

    A row of zeros has `t = 1`. Raises QuantizationError at the first NaN or infinity.
    """
    x = np.asarray(x, np.float64)
    finite = np.isfinite(x)
    if not finite.all():
        row, channel = (int(i[0]) for i in np.nonzero(~finite))
        raise QuantizationError(
            "activations must be finite", position=f"row {row}, channel {channel}",
            value=x[row, channel], remedy="find the layer that makes it; int8 cannot hold it",
        )  # fmt: skip
    most = np.abs(x).max(axis=1, initial=0.0)
    scales = np.where(most > 0, most / 127, 1.0)
    a = np.clip(np.rint(x / scales[:, None]), -127, 127).astype(np.int8)
    return a, scales


class Plan(NamedTuple):
    """A tensor's arrays as the drivers take them; made once per tensor, sharing its memory."""

    packed: npt.NDArray[np.uint8]
    words: npt.NDArray[np.int64]
    factors: npt.NDArray[np.uint8]
    zeros: npt.NDArray[np.uint8]
    perm: npt.NDArray[np.uint32]
    units: npt.NDArray[np.float64]
    steps: I32
    size: int


def plan_of(tensor: StoredTensor) -> Plan:
    """The tensor's plan; no `steps` where groups are not whole chunks, as the AVX-512 loop needs.

    New memory: 16 bytes an output channel and, with `steps`, 8 bytes a group.
    """
    plan: Plan | None = tensor.memo.get("gemm")
    if plan is None:
        size = group_pairs(tensor.pairs, tensor.group_size)
        packed = readonly(tensor.packed)
        steps = np.empty((0, 0, 2), np.int32)
        if HAS_SIMD and (size % CHUNK_PAIRS == 0 or tensor.groups == 1):
            steps = pair_steps(tensor.group_scales, np.stack(unpack_pairs(tensor.zeros), axis=-1))
        plan = tensor.memo["gemm"] = Plan(
            packed, readonly_words(packed), readonly(tensor.group_scales), readonly(tensor.zeros),
            readonly(tensor.perm), readonly(tensor.scales.astype(np.float64)), readonly(steps),
            size,
        )  # fmt: skip
    return plan


def gemv(tensor: StoredTensor, a: I8, a_scale: float = 1.0) -> F32:
    """`a_scale * (w' @ a)`: int8 activations `a [K]` -> float32 `[N]`."""
    y: F32 = gemm(tensor, a.reshape(1, -1), a_scale)[0]
    return y


def gemm(
    tensor: StoredTensor,
    a: I8,
    a_scales: npt.NDArray[Any] | float = 1.0,
    use_simd: bool = True,
) -> F32:
    """`a_scales[:, None] * (a @ w'.T)`: int8 activations `a [M, K]` -> float32 `[M, N]`.

    `use_simd=False` avoids the AVX-512 loop, else taken where it can run; the result is the same.
    """
    plan = plan_of(tensor)
    wide, narrow = _order_activations(tensor, plan, a)
    t = np.full(len(a), a_scales, np.float64)
    rows, channels = tensor.shape
    out = np.empty((len(a), rows), np.float32)
    if use_simd and plan.steps.size:
        # One group: longer than all chunks, so that no chunk starts a second one.
        per_group = plan.size // CHUNK_PAIRS if tensor.groups > 1 else wide.shape[1]
        work = partial(
            _gemm_simd, plan.packed, plan.steps, plan.units, per_group, wide, narrow,
            _lane_sums(wide, narrow), t, out,
        )  # fmt: skip
    else:
        work = partial(
            _gemm, plan.packed, plan.words, plan.factors, plan.zeros, plan.units, plan.size,
            tensor.pairs, wide, narrow, _group_sums(wide, narrow, plan.size, tensor.pairs), t, out,
        )  # fmt: skip
    run_rows(rows, rows * channels * len(a) * NANOSECONDS, work)
    return out


def matmul_int(tensor: StoredTensor, a: I8) -> I32:
    """Accumulators of every group, int32 `[M, N, G, 2]` (wide, narrow): `sum a * (q - z)`.

    Raises QuantizationError for groups of more than 1,118,481 pairs, which int32 may not hold.
    """
    plan = plan_of(tensor)
    if plan.size > LONGEST_GROUP:
        raise QuantizationError(
            f"an int32 accumulator is safe for at most {LONGEST_GROUP} pairs a group",
            value=plan.size, remedy="quantize with a group size, or use gemm, which splits the sum",
        )  # fmt: skip
    wide, narrow = _order_activations(tensor, plan, a)
    rows, channels = tensor.shape
    out = np.empty((len(a), rows, tensor.groups, 2), np.int32)
    work = partial(
        _group_dots, plan.packed, plan.words, plan.zeros, plan.size, tensor.pairs,
        wide, narrow, _group_sums(wide, narrow, plan.size, tensor.pairs), out,
    )  # fmt: skip
    run_rows(rows, rows * channels * len(a) * 4 * NANOSECONDS, work)
    return out


def _order_activations(tensor: StoredTensor, plan: Plan, a: I8) -> tuple[I8, I8]:
    """Activations in channel order, halves apart, int8 `[M, 64 C]`, `C = ceil(P / 64)`.

    Zero from pair `P` on and for the channel that pads odd `K`.
    """
    if a.dtype != np.int8 or a.ndim != 2 or a.shape[1] != tensor.shape[1]:
        raise QuantizationError(
            f"integer activations must be int8 [M, {tensor.shape[1]}]",
            value=f"{a.dtype} {list(a.shape)}", remedy="use matmul for float activations",
        )  # fmt: skip
    length = (tensor.pairs + CHUNK_PAIRS - 1) // CHUNK_PAIRS * CHUNK_PAIRS
    ordered = _aligned((2, len(a), length), np.int8)
    ordered[:, :, tensor.pairs :] = 0
    wide, narrow = ordered[0], ordered[1]
    _order(readonly(a), plan.perm, wide, narrow)
    return wide, narrow


def _group_sums(wide: I8, narrow: I8, size: int, pairs: int) -> npt.NDArray[np.int64]:
    """Sum of the activations of each group, int64 `[M, 2, G]`."""
    sums = np.empty((len(wide), 2, (pairs + size - 1) // size), np.int64)
    _sum_groups(wide, narrow, size, sums)
    return sums


def _lane_sums(wide: I8, narrow: I8) -> I32:
    """Sums of four activations in the high int16 of int32 `[M, 2, 16 C]`, as `chunk_dots` takes."""
    sums = _aligned((len(wide), 2, wide.shape[1] * LANES // CHUNK_PAIRS), np.int32)
    _sum_lanes(wide, narrow, sums)
    return sums


def _aligned(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An uninitialised array that begins at a cache line.

    The AVX-512 loop reads whole lines of it; loads that straddle two lines cost it a quarter more.
    """
    room = np.empty(math.prod(shape) * np.dtype(dtype).itemsize + LINE_BYTES - 1, np.uint8)
    first = -room.__array_interface__["data"][0] % LINE_BYTES
    return np.ndarray(shape, dtype, room, first)


@driver
def _order(a: I8, perm: Any, wide: I8, narrow: I8) -> None:
    channels = a.shape[1]
    pairs = len(perm) // 2
    for m in range(a.shape[0]):
        for i in range(pairs):
            c = perm[i]
            wide[m, i] = a[m, c] if c < channels else 0
            c = perm[np.uintp(pairs + i)]
            narrow[m, i] = a[m, c] if c < channels else 0


@driver
def _sum_groups(wide: I8, narrow: I8, size: int, sums: Any) -> None:
    for m in range(wide.shape[0]):
        for g in range(sums.shape[2]):
            total_wide = 0
            total_narrow = 0
            for i in range(g * size, min((g + 1) * size, wide.shape[1])):  # zero from P on
                total_wide += wide[m, np.uintp(i)]
                total_narrow += narrow[m, np.uintp(i)]
            sums[m, 0, g] = total_wide
            sums[m, 1, g] = total_narrow


@driver
def _sum_lanes(wide: I8, narrow: I8, sums: I32) -> None:
    for m in range(wide.shape[0]):
        for i in range(sums.shape[2]):
            j = 4 * i
            sums[m, 0, i] = (
                np.int64(wide[m, j]) + wide[m, j + 1] + wide[m, j + 2] + wide[m, j + 3]
            ) << 16
            sums[m, 1, i] = (
                np.int64(narrow[m, j]) + narrow[m, j + 1] + narrow[m, j + 2] + narrow[m, j + 3]
            ) << 16


@driver
def _segment_dots(lanes: Any, wide: I8, narrow: I8, m: int, first: int, last: int) -> Any:
    """int32 `sum a * q` of both halves over pairs `first..last`, at most SEGMENT (T2)."""
    dot_wide = np.int32(0)
    dot_narrow = np.int32(0)
    for i in range(first, last):
        j = np.uintp(i)
        q = np.int32(unpack_wide(lanes[j]))
        dot_wide = np.int32(dot_wide + np.int32(np.int32(wide[m, j]) * q))
        q = np.int32(unpack_narrow(lanes[j]))
        dot_narrow = np.int32(dot_narrow + np.int32(np.int32(narrow[m, j]) * q))
    return dot_wide, dot_narrow


@driver
def _group_dot(lanes: Any, wide: I8, narrow: I8, m: int, first: int, last: int) -> Any:
    """int64 `sum a * q` of both halves over a group, in segments."""
    total_wide = np.int64(0)
    total_narrow = np.int64(0)
    for start in range(first, last, SEGMENT):
        dots = _segment_dots(lanes, wide, narrow, m, start, min(start + SEGMENT, last))
        total_wide += np.int64(dots[0])
        total_narrow += np.int64(dots[1])
    return total_wide, total_narrow


@driver
def _finish(units: Any, r: int, wide: int, narrow: int, t: float) -> Any:
    """The one step that rounds: float64, then float32."""
    return np.float32(t * (units[r, 0] * np.float64(wide) + units[r, 1] * np.float64(narrow)))


@driver
def _group_dots(
    packed: Any, words: Any, zeros: Any, size: int, pairs: int, wide: I8, narrow: I8, sums: Any,
    out: I32, start: int, stop: int,
) -> None:  # fmt: skip
    lane_words = np.zeros((pairs + BLOCK_PAIRS - 1) // BLOCK_PAIRS, np.int64)
    lanes = lane_words.view(np.uint8)
    for r in range(start, stop):
        unpack_row(packed, words, r, lane_words)
        for m in range(wide.shape[0]):
            for g in range(zeros.shape[1]):
                first = g * size
                dots = _group_dot(lanes, wide, narrow, m, first, min(first + size, pairs))
                out[m, r, g, 0] = dots[0] - unpack_wide(zeros[r, g]) * sums[m, 0, g]
                out[m, r, g, 1] = dots[1] - unpack_narrow(zeros[r, g]) * sums[m, 1, g]


@driver
def _gemm(
    packed: Any, words: Any, factors: Any, zeros: Any, units: Any, size: int, pairs: int, wide: I8,
    narrow: I8, sums: Any, t: Any, out: F32, start: int, stop: int,
) -> None:  # fmt: skip
    lane_words = np.zeros((pairs + BLOCK_PAIRS - 1) // BLOCK_PAIRS, np.int64)
    lanes = lane_words.view(np.uint8)
    for r in range(start, stop):
        unpack_row(packed, words, r, lane_words)
        for m in range(wide.shape[0]):
            total_wide = 0
            total_narrow = 0
            for g in range(zeros.shape[1]):
                first = g * size
                dots = _group_dot(lanes, wide, narrow, m, first, min(first + size, pairs))
                dot = dots[0] - unpack_wide(zeros[r, g]) * sums[m, 0, g]
                total_wide += np.int64(factors[r, g, 0]) * dot
                dot = dots[1] - unpack_narrow(zeros[r, g]) * sums[m, 1, g]
                total_narrow += np.int64(factors[r, g, 1]) * dot
            out[m, r] = _finish(units, r, total_wide, total_narrow, t[m])


@driver
def _gemm_simd(
    packed: Any, steps: Any, units: Any, per_group: int, wide: I8, narrow: I8, sums: Any, t: Any,
    out: F32, start: int, stop: int,
) -> None:  # fmt: skip
    chunks = wide.shape[1] // CHUNK_PAIRS
    for r in range(start, stop):
        for m in range(wide.shape[0]):
            total_wide = 0
            total_narrow = 0
            for first in range(0, chunks, LANE_CHUNKS):
                dots = chunk_dots(
                    packed, steps, r, wide, narrow, sums, m, first,
                    min(LANE_CHUNKS, chunks - first), per_group,
                )  # fmt: skip
                total_wide += dots[0]
                total_narrow += dots[1]
            out[m, r] = _finish(units, r, total_wide, total_narrow, t[m])


#: Whether this processor runs the AVX-512 loop.
HAS_SIMD = simd.is_supported()
#: Rough cost of a multiply-add, to decide whether threads pay.
NANOSECONDS = 0.02 if HAS_SIMD else 0.15

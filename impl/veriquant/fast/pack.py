"""Rows of pair streams (design section 3): packing and unpacking on the verified kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.fast.compiled import driver, keep_scalar, kernel
from veriquant.fast.threads import run_rows

U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]

pack_pair = kernel("packing", "pack_pair")
unpack_wide = kernel("packing", "unpack_wide")
unpack_narrow = kernel("packing", "unpack_narrow")
stream_size = kernel("stream", "stream_size")
spread_block = kernel("block", "spread_block")
gather_block = kernel("block", "gather_block")

#: Seven stream bytes hold eight pairs.
BLOCK_PAIRS = 8
BLOCK_BYTES = 7
#: The 56 bits of a block, of the eight bytes that one load reads.
BLOCK_MASK = (1 << 56) - 1


def pack_rows(wide: U8, narrow: U8) -> U8:
    """Pair streams `uint8 [N, ceil(7 P / 8)]` of codes `uint8 [N, P]` (T4).

    Raises QuantizationError for shapes that differ and for codes above 15 (wide) or 7 (narrow).
    """
    _check_codes(wide, 15, "wide")
    _check_codes(narrow, 7, "narrow")
    if wide.shape != narrow.shape:
        raise QuantizationError(
            f"wide codes are {list(wide.shape)}, narrow codes {list(narrow.shape)}",
            remedy="give one narrow code per wide code",
        )
    rows, pairs = wide.shape
    wide, narrow = readonly(wide), readonly(narrow)
    packed = np.empty((rows, stream_bytes(pairs)), np.uint8)
    words = block_words(packed)
    run_rows(rows, wide.size, lambda i, j: _pack_rows(wide, narrow, packed, words, i, j))
    return packed


def unpack_rows(packed: U8, pairs: int) -> tuple[U8, U8]:
    """Codes `(wide, narrow)`, each `uint8 [N, P]`, of pair streams `uint8 [N, ceil(7 P / 8)]`."""
    check_streams(packed, pairs)
    rows = packed.shape[0]
    packed = readonly(packed)
    words = readonly_words(packed)
    wide, narrow = np.empty((rows, pairs), np.uint8), np.empty((rows, pairs), np.uint8)
    run_rows(rows, wide.size, lambda i, j: _unpack_rows(packed, words, wide, narrow, i, j))
    return wide, narrow


def pack_pairs(wide: U8, narrow: U8) -> U8:
    """One pair a byte, `wide | narrow << 4`, elementwise (how zero points are stored)."""
    _check_codes(wide, 15, "wide")
    _check_codes(narrow, 7, "narrow")
    return ALL_PAIRS[wide, narrow]


def unpack_pairs(pairs: U8) -> tuple[U8, U8]:
    """`(wide, narrow)` of pairs below 128, one a byte, elementwise."""
    return WIDE_OF[pairs], NARROW_OF[pairs]


def stream_bytes(pairs: int) -> int:
    """`ceil(7 P / 8)`."""
    return int(stream_size.py_func(pairs))


def readonly(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A read-only C-contiguous view (a copy only of other layouts): one compiled variant each."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def block_words(packed: U8) -> I64:
    """Eight bytes from each block start, as `int64 [N, B]` over the memory of `packed`.

    Only blocks with a byte after them inside their row: the last block of a row has none, and its
    eighth byte is another row's, or nobody's.
    """
    rows, size = packed.shape
    blocks = max(0, (size - 1) // BLOCK_BYTES)
    if rows == 0 or blocks == 0:
        return np.empty((rows, 0), "<i8")
    return np.ndarray((rows, blocks), "<i8", packed.data, strides=(size, BLOCK_BYTES))


def readonly_words(packed: U8) -> I64:
    """`block_words` as a read-only view."""
    words = block_words(packed)
    words.flags.writeable = False
    return words


def check_streams(packed: U8, pairs: int) -> None:
    """Raise QuantizationError unless `packed` is `uint8 [N, ceil(7 P / 8)]`."""
    if packed.dtype != np.uint8 or packed.ndim != 2 or packed.shape[1] != stream_bytes(pairs):
        raise QuantizationError(
            f"{pairs} pairs a row need uint8 [N, {stream_bytes(pairs)}]",
            value=f"{packed.dtype} {list(packed.shape)}",
            remedy="give the packed array and the pair count of one tensor",
        )


def _check_codes(codes: U8, most: int, half: str) -> None:
    if codes.dtype != np.uint8:
        raise QuantizationError(
            f"{half} codes must be uint8", value=codes.dtype, remedy="convert with astype(np.uint8)"
        )
    if codes.size and int(codes.max()) > most:
        place = np.unravel_index(int(np.argmax(codes > most)), codes.shape)
        raise QuantizationError(
            f"a {half} code is at most {most}",
            position=f"index {tuple(int(i) for i in place)}", value=int(codes[place]),
            remedy="clamp codes to their grid before packing",
        )  # fmt: skip


@driver
def unpack_row(packed: U8, words: I64, r: int, lane_words: I64) -> None:
    """Stream `r`, spread to a pair a byte: eight in each of `lane_words [B]`."""
    full = words.shape[1]
    for b in range(full):
        keep_scalar()
        lane_words[b] = words[r, b] & BLOCK_MASK
    for b in range(full, len(lane_words)):  # the last block, complete or not
        word = np.int64(0)
        for t in range(min(BLOCK_BYTES, packed.shape[1] - BLOCK_BYTES * b)):
            word |= np.int64(packed[r, BLOCK_BYTES * b + t]) << (8 * t)
        lane_words[b] = word
    for b in range(len(lane_words)):
        lane_words[b] = spread_block(lane_words[b])


@driver
def pack_row(lane_words: I64, packed: U8, words: I64, r: int) -> None:
    """Inverse of `unpack_row`: the lanes above the last pair must be zero."""
    full = words.shape[1]
    for b in range(full):  # ascending: each store's eighth byte is the next block's first
        words[r, b] = gather_block(lane_words[b])
    for b in range(full, len(lane_words)):
        word = gather_block(lane_words[b])
        for t in range(min(BLOCK_BYTES, packed.shape[1] - BLOCK_BYTES * b)):
            packed[r, BLOCK_BYTES * b + t] = word >> (8 * t) & 255


@driver
def _pack_rows(wide: U8, narrow: U8, packed: U8, words: I64, start: int, stop: int) -> None:
    pairs = wide.shape[1]
    lane_words = np.zeros((pairs + BLOCK_PAIRS - 1) // BLOCK_PAIRS, np.int64)
    lanes = lane_words.view(np.uint8)
    for r in range(start, stop):
        for i in range(pairs):
            lanes[i] = pack_pair(wide[r, i], narrow[r, i])
        pack_row(lane_words, packed, words, r)


@driver
def _unpack_rows(packed: U8, words: I64, wide: U8, narrow: U8, start: int, stop: int) -> None:
    pairs = wide.shape[1]
    lane_words = np.zeros((pairs + BLOCK_PAIRS - 1) // BLOCK_PAIRS, np.int64)
    lanes = lane_words.view(np.uint8)
    for r in range(start, stop):
        unpack_row(packed, words, r, lane_words)
        for i in range(pairs):
            wide[r, i] = unpack_wide(lanes[i])
        for i in range(pairs):
            narrow[r, i] = unpack_narrow(lanes[i])


#: Every pair and its codes, by the interpreted kernels: sixteen by eight, and their inverses.
ALL_PAIRS = np.array([[pack_pair.py_func(w, n) for n in range(8)] for w in range(16)], np.uint8)
WIDE_OF = np.array([unpack_wide.py_func(p) for p in range(128)], np.uint8)
NARROW_OF = np.array([unpack_narrow.py_func(p) for p in range(128)], np.uint8)

"""Packing of whole tensors against the definition and the reference kernels (T4)."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from veriquant.errors import QuantizationError
from veriquant.fast import pack
from veriquant.kernels import block, packing, stream
from veriquant_spec import packing as spec

RNG = np.random.default_rng(2024)
LENGTHS = [*range(1, 35), 63, 64, 65, 255, 256, 257, 1000]


def pairs_of(wide: np.ndarray, narrow: np.ndarray) -> list[int]:
    return [int(w) + 16 * int(n) for w, n in zip(wide, narrow, strict=True)]


@pytest.mark.parametrize("pairs", LENGTHS)
def test_rows_equal_definition_and_reference_kernel(pairs: int) -> None:
    wide = RNG.integers(0, 16, (3, pairs), dtype=np.uint8)
    narrow = RNG.integers(0, 8, (3, pairs), dtype=np.uint8)
    packed = pack.pack_rows(wide, narrow)
    assert packed.shape == (3, spec.size(pairs))
    pack_stream = inspect.unwrap(stream.pack_stream)
    unpack_stream = inspect.unwrap(stream.unpack_stream)
    for row in range(3):
        expected = pairs_of(wide[row], narrow[row])
        assert packed[row].tobytes() == spec.stream(expected)
        assert packed[row].tolist() == pack_stream(expected)
        assert unpack_stream(packed[row].tolist(), pairs) == expected
    for found, given in zip(pack.unpack_rows(packed, pairs), (wide, narrow), strict=True):
        np.testing.assert_array_equal(found, given)


def test_every_pair_at_every_place_of_a_block() -> None:
    """All 128 pairs at all eight places, among zeros and among ones: 2048 rows."""
    wide = np.zeros((2, 128, 8, 8), np.uint8)
    narrow = np.zeros((2, 128, 8, 8), np.uint8)
    wide[1], narrow[1] = 15, 7
    for pair in range(128):
        for place in range(8):
            wide[:, pair, place, place] = packing.unpack_wide(pair)
            narrow[:, pair, place, place] = packing.unpack_narrow(pair)
    wide, narrow = wide.reshape(-1, 8), narrow.reshape(-1, 8)
    packed = pack.pack_rows(wide, narrow)
    for row in range(len(wide)):
        assert packed[row].tobytes() == spec.stream(pairs_of(wide[row], narrow[row]))
    back = pack.unpack_rows(packed, 8)
    np.testing.assert_array_equal(back[0], wide)
    np.testing.assert_array_equal(back[1], narrow)


def test_compiled_block_kernels_equal_interpreted_ones() -> None:
    words = [0, 2**56 - 1, *(1 << i for i in range(56))]
    words += RNG.integers(0, 2**56, 500, dtype=np.int64).tolist()
    for word in words:
        lanes = block.spread_block(word)  # contracts on: the definition is checked too
        assert pack.spread_block(np.int64(word)) == lanes
        assert pack.gather_block(np.int64(lanes)) == word == block.gather_block(lanes)


def test_bytes_after_a_row_do_not_matter_and_are_not_written() -> None:
    """The eighth byte a block load reads belongs to the next row."""
    wide = RNG.integers(0, 16, (4, 9), dtype=np.uint8)
    narrow = RNG.integers(0, 8, (4, 9), dtype=np.uint8)
    packed = pack.pack_rows(wide, narrow)
    for row in range(4):
        alone = pack.pack_rows(wide[row : row + 1], narrow[row : row + 1])
        np.testing.assert_array_equal(packed[row], alone[0])


def test_pairs_of_zero_points() -> None:
    wide, narrow = np.meshgrid(np.arange(16, dtype=np.uint8), np.arange(8, dtype=np.uint8))
    packed = pack.pack_pairs(wide, narrow)
    assert sorted(packed.ravel().tolist()) == list(range(128))
    back = pack.unpack_pairs(packed)
    np.testing.assert_array_equal(back[0], wide)
    np.testing.assert_array_equal(back[1], narrow)


def test_layouts_give_equal_streams() -> None:
    wide = RNG.integers(0, 16, (40, 30), dtype=np.uint8)
    narrow = RNG.integers(0, 8, (40, 30), dtype=np.uint8)
    expected = pack.pack_rows(wide, narrow)
    fortran = pack.pack_rows(np.asfortranarray(wide), np.asfortranarray(narrow))
    np.testing.assert_array_equal(fortran, expected)
    strided = np.repeat(wide, 2, axis=1)[:, ::2]
    np.testing.assert_array_equal(pack.pack_rows(strided, narrow), expected)
    locked = expected.copy()
    locked.flags.writeable = False
    np.testing.assert_array_equal(pack.unpack_rows(locked, 30)[0], wide)


@pytest.mark.parametrize(
    ("wide", "narrow", "text"),
    [
        ([[3, 16]], [[0, 0]], r"index \(0, 1\).*wide code.*15.*value 16"),
        ([[3, 4]], [[0, 8]], r"index \(0, 1\).*narrow code.*7.*value 8"),
        ([[3, 4]], [[0]], "one narrow code per wide code"),
    ],
)
def test_bad_codes(wide: list[list[int]], narrow: list[list[int]], text: str) -> None:
    with pytest.raises(QuantizationError, match=text):
        pack.pack_rows(np.array(wide, np.uint8), np.array(narrow, np.uint8))


def test_bad_dtype_and_stream_size() -> None:
    codes = np.zeros((2, 8), np.int64)
    with pytest.raises(QuantizationError, match="must be uint8"):
        pack.pack_rows(codes, codes)  # type: ignore[arg-type]
    with pytest.raises(QuantizationError, match=r"uint8 \[N, 8\]"):
        pack.unpack_rows(np.zeros((2, 7), np.uint8), 9)

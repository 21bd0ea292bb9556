"""Packed products against the exact specification, on both loops (T2)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from veriquant import quantize
from veriquant.errors import QuantizationError
from veriquant.fast import gemm, simd
from veriquant.layout import Grid
from veriquant.tensor import QuantizedTensor
from veriquant_spec.matmul import matmul as spec_matmul

RNG = np.random.default_rng(11)
LOOPS = [False] + [True] * gemm.HAS_SIMD
#: Group sizes that the AVX-512 loop takes (whole chunks of 64 pairs) and that it leaves.
SHAPES = [
    (1, 1, 64), (5, 7, 0), (3, 256, 64), (4, 1000, 64), (7, 130, 64), (5, 126, 64), (6, 254, 0),
    (3, 300, 7), (3, 1024, 128), (2, 1023, 256), (3, 8192, 4096), (2, 17002, 128), (2, 20000, 0),
    (2, 20000, 4096), (2, 33000, 5120),
]  # fmt: skip


def made(rows: int, channels: int, group_size: int, extreme: bool = False) -> QuantizedTensor:
    """A tensor of random (or extreme) codes, factors and zero points: not only fitted ones."""
    pairs = (channels + 1) // 2
    groups = 1 if group_size == 0 else -(-pairs // group_size)
    shape = (rows, groups)
    if extreme:
        wide, narrow = np.full((rows, pairs), 15, np.uint8), np.full((rows, pairs), 7, np.uint8)
        factors = np.full((*shape, 2), 255, np.uint8)
        zeros = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    else:
        wide = RNG.integers(0, 16, (rows, pairs), dtype=np.uint8)
        narrow = RNG.integers(0, 8, (rows, pairs), dtype=np.uint8)
        factors = RNG.integers(1, 256, (*shape, 2), dtype=np.uint8)
        zeros = (
            RNG.integers(0, 16, shape, dtype=np.uint8),
            RNG.integers(0, 8, shape, dtype=np.uint8),
        )
    grid = Grid(RNG.choice([0.5, 1.0, 0.75], (rows, 2)).astype(np.float16), factors, *zeros)
    perm = RNG.permutation(2 * pairs).astype(np.uint32)
    return QuantizedTensor.from_codes(wide, narrow, grid, perm, (rows, channels), group_size, "rtn")


def expected_groups(tensor: QuantizedTensor, a: np.ndarray) -> np.ndarray:
    """int64 `[M, N, G, 2]` by NumPy, in arithmetic that cannot overflow."""
    pairs, size = tensor.pairs, tensor.group_size or tensor.pairs
    padded = np.pad(a.astype(np.int64), ((0, 0), (0, tensor.shape[1] % 2)))
    grid = tensor.grid()
    out = np.zeros((len(a), tensor.shape[0], tensor.groups, 2), np.int64)
    zeros = (grid.zeros_wide, grid.zeros_narrow)
    for half, codes in enumerate(tensor.codes()):
        ordered = padded[:, tensor.perm[half * pairs : (half + 1) * pairs]]
        for g in range(tensor.groups):
            part = slice(g * size, min((g + 1) * size, pairs))
            steps = codes[:, part].astype(np.int64) - zeros[half][:, g : g + 1]
            out[:, :, g, half] = ordered[:, part] @ steps.T
    return out


def expected_product(tensor: QuantizedTensor, a: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The documented formula: exact integers, then the one float64 step."""
    groups = expected_groups(tensor, a) * tensor.group_scales.astype(np.int64)[None]
    total = groups.sum(axis=2).astype(np.float64)
    units = tensor.scales.astype(np.float64)
    y = units[:, 0] * total[:, :, 0] + units[:, 1] * total[:, :, 1]
    return (t[:, None] * y).astype(np.float32)


@pytest.mark.parametrize(("rows", "channels", "group_size"), SHAPES)
def test_product_is_bit_for_bit_the_formula(rows: int, channels: int, group_size: int) -> None:
    tensor = made(rows, channels, group_size)
    a = RNG.integers(-128, 128, (3, channels), dtype=np.int8)
    a[2] = -128
    t = np.array([1.0, 0.0123, 3.5])
    expected = expected_product(tensor, a, t)
    for loop in LOOPS:
        np.testing.assert_array_equal(gemm.gemm(tensor, a, t, use_simd=loop), expected)
    np.testing.assert_array_equal(gemm.gemv(tensor, a[1], 0.0123), expected[1])
    np.testing.assert_array_equal(gemm.matmul_int(tensor, a), expected_groups(tensor, a))


@pytest.mark.parametrize(("channels", "group_size"), [(8192, 0), (8192, 64), (40000, 0)])
def test_largest_accumulators(channels: int, group_size: int) -> None:
    """T2's worst case: every activation -128, every step 15 and 7, every factor 255."""
    tensor = made(2, channels, group_size, extreme=True)
    a = np.full((1, channels), -128, np.int8)
    wide = tensor.pairs * -128 * 15
    groups = gemm.matmul_int(tensor, a)
    assert groups[..., 0].sum(axis=2).tolist() == [[wide] * 2]
    assert groups[..., 1].sum(axis=2).tolist() == [[tensor.pairs * -128 * 7] * 2]
    expected = expected_product(tensor, a, np.ones(1))
    for loop in LOOPS:
        np.testing.assert_array_equal(gemm.gemm(tensor, a, 1.0, use_simd=loop), expected)


def test_integer_specification() -> None:
    """`veriquant_spec.matmul` on one group per channel."""
    tensor = made(5, 60, 0)
    a = RNG.integers(-128, 128, (4, 60), dtype=np.int8)
    wide, narrow = (codes.astype(int) for codes in tensor.codes())
    grid = tensor.grid()
    columns = (wide + 16 * narrow).T.tolist()
    ordered = a[:, tensor.perm].tolist()
    zeros = grid.zeros_wide[:, 0].tolist(), grid.zeros_narrow[:, 0].tolist()
    found = gemm.matmul_int(tensor, a)
    for half, accumulators in enumerate(spec_matmul(ordered, columns, *zeros)):
        assert found[:, :, 0, half].tolist() == accumulators


@pytest.mark.skipif(not gemm.HAS_SIMD, reason="this processor lacks AVX-512 VBMI or VNNI")
def test_every_pair_at_every_place_of_a_chunk() -> None:
    """What the AVX-512 loop cuts out: a one-hot activation reads one code; all 64 x 128 of them."""
    places = simd.CHUNK_PAIRS
    pairs = np.arange(128, dtype=np.uint8)
    wide = np.repeat((pairs & 15)[:, None], places, axis=1)
    narrow = np.repeat((pairs >> 4)[:, None], places, axis=1)
    # Neighbours differ, so that a wrong bit of theirs is seen.
    wide[:, 1::2], narrow[:, 1::2] = 15 - wide[:, 1::2], 7 - narrow[:, 1::2]
    ones = np.ones((128, 1, 2), np.uint8)
    none = np.zeros((128, 1), np.uint8)
    grid = Grid(np.ones((128, 2), np.float16), ones, none, none)
    perm = np.arange(2 * places, dtype=np.uint32)
    tensor = QuantizedTensor.from_codes(wide, narrow, grid, perm, (128, 2 * places), 64, "rtn")
    found = gemm.gemm(tensor, np.eye(2 * places, dtype=np.int8), use_simd=True)
    np.testing.assert_array_equal(found, np.concatenate([wide, narrow], axis=1).T)


def test_threads_do_not_change_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    from veriquant.fast import threads

    tensor = made(3000, 3000, 64)
    a = RNG.integers(-128, 128, (2, 3000), dtype=np.int8)
    results = []
    for count in ("1", "2", "5"):
        monkeypatch.setenv("VERIQUANT_NUM_THREADS", count)
        threads.reset()
        assert threads.thread_count() == int(count)
        results.append(gemm.gemm(tensor, a))
    monkeypatch.undo()
    threads.reset()
    for result in results:
        np.testing.assert_array_equal(result, expected_product(tensor, a, np.ones(2)))


@pytest.mark.parametrize("bad", range(8))
def test_errors_in_threads_are_raised(bad: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from veriquant.fast import threads

    monkeypatch.setenv("VERIQUANT_NUM_THREADS", "2")
    threads.reset()

    def work(start: int, stop: int) -> None:
        if start <= bad < stop:
            raise KeyError(bad)

    with pytest.raises(KeyError, match=str(bad)):
        threads.run_rows(8, 1e9, work)
    monkeypatch.undo()
    threads.reset()


@pytest.mark.parametrize("rows", [1, 2, 7, 8, 9, 100])
@pytest.mark.parametrize("count", ["1", "2", "3"])
def test_ranges_cover_all_rows_once(rows: int, count: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from veriquant.fast import threads

    monkeypatch.setenv("VERIQUANT_NUM_THREADS", count)
    threads.reset()
    taken: list[int] = []
    threads.run_rows(rows, 1e9, lambda i, j: taken.extend(range(i, j)))
    assert sorted(taken) == list(range(rows))
    monkeypatch.undo()
    threads.reset()


def test_float_activations() -> None:
    """`matmul`: within half a step of the activations; exact for int8."""
    w = RNG.standard_normal((50, 200), dtype=np.float32)
    tensor = quantize(w)
    x = RNG.standard_normal((4, 200), dtype=np.float32)
    x[3] = 0
    weights = tensor.dequantize(np.float64)
    y = tensor.matmul(x)
    assert y.dtype == np.float32 and y.shape == (4, 50)
    half_step = np.abs(x).max(axis=1, keepdims=True) / 127 / 2
    bound = half_step * np.abs(weights).sum(axis=1) * (1 + 1e-6)
    assert (np.abs(y - x.astype(np.float64) @ weights.T) <= bound + 1e-12).all()
    assert not y[3].any()
    np.testing.assert_array_equal(tensor.matmul(x[0]), y[0])
    a = RNG.integers(-128, 128, (2, 200), dtype=np.int8)
    exact = [[sum(Fraction(float(p)) * int(q) for p, q in zip(r, s, strict=True)) for r in weights]
             for s in a]  # fmt: skip
    np.testing.assert_allclose(tensor.matmul(a), np.array(exact, np.float64), rtol=2**-23)


def test_activation_rounding() -> None:
    a, t = gemm.quantize_activations(np.array([[127.0, 0.5, 1.5, -2.5], [0, 0, 0, 0]]))
    assert a.tolist() == [[127, 0, 2, -2], [0, 0, 0, 0]]
    assert t.tolist() == [1, 1]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_activations_that_are_not_finite(bad: float) -> None:
    tensor = made(2, 6, 0)
    x = np.zeros((3, 6), np.float32)
    x[1, 4] = bad
    with pytest.raises(QuantizationError, match=r"row 1, channel 4.*finite.*value"):
        tensor.matmul(x)


@pytest.mark.parametrize("shape", [(5,), (2, 5), (1, 2, 6), ()])
def test_activations_of_wrong_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(QuantizationError, match=r"\[M, 6\]"):
        made(2, 6, 0).matmul(np.zeros(shape, np.float32))
    if len(shape) != 1:
        with pytest.raises(QuantizationError, match=r"int8 \[M, 6\]"):
            gemm.gemm(made(2, 6, 0), np.zeros(shape, np.int8))


def test_groups_too_long_for_one_int32() -> None:
    """Above 1,118,481 pairs the accumulator of a group is refused, and the product still exact."""
    assert gemm.LONGEST_GROUP == (2**31 - 1) // 1920 == 1118481
    pairs = gemm.LONGEST_GROUP + 1
    tensor = made(1, 2 * pairs, 0, extreme=True)
    a = np.full((1, 2 * pairs), -128, np.int8)
    with pytest.raises(QuantizationError, match="at most 1118481 pairs"):
        gemm.matmul_int(tensor, a)
    total = [
        pairs * -128 * steps * 255 * float(s)
        for steps, s in zip((15, 7), tensor.scales[0], strict=True)
    ]
    for loop in LOOPS:
        assert gemm.gemm(tensor, a, use_simd=loop)[0, 0] == np.float32(sum(total))

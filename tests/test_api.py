"""The public interface on ordinary and odd tensors."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import veriquant
from veriquant import QuantizationError, QuantizedTensor, quantize
from veriquant.arrays import as_array

RNG = np.random.default_rng(42)


def equal(a: QuantizedTensor, b: QuantizedTensor) -> bool:
    parts = ("packed", "scales", "group_scales", "zeros", "perm")
    same = all(np.array_equal(getattr(a, p), getattr(b, p)) for p in parts)
    return same and (a.shape, a.group_size, a.method) == (b.shape, b.group_size, b.method)


def within_half_a_step(w: np.ndarray, tensor: QuantizedTensor) -> bool:
    """T1c for every weight, in exact arithmetic."""
    restored = tensor.dequantize()
    size = tensor.group_size or tensor.pairs
    for position, channel in enumerate(tensor.perm):
        if channel == tensor.shape[1]:
            continue
        half, pair = divmod(position, tensor.pairs)
        for row in range(tensor.shape[0]):
            unit = Fraction(float(tensor.scales[row, half]))
            step = unit * int(tensor.group_scales[row, pair // size, half])
            error = Fraction(float(restored[row, channel])) - Fraction(float(w[row, channel]))
            if 2 * abs(error) > step:
                return False
    return True


def test_module_example() -> None:
    assert doctest.testmod(veriquant).attempted >= 3
    assert doctest.testmod(veriquant).failed == 0
    assert {"quantize", "load", "save"} <= set(dir(veriquant))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        veriquant.nothing  # noqa: B018


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 5), (4, 129), (16, 300), (2, 9001)])
@pytest.mark.parametrize("group_size", [0, 1, 64])
def test_every_weight_is_within_half_a_step(shape: tuple[int, int], group_size: int) -> None:
    w = RNG.standard_normal(shape, dtype=np.float32)
    tensor = quantize(w, group_size=group_size)
    assert tensor.dequantize().shape == shape
    assert within_half_a_step(w, tensor)
    assert sorted(tensor.perm.tolist()) == list(range(2 * tensor.pairs))


@pytest.mark.parametrize(
    "w",
    [
        np.full((3, 40), 0.25),
        -np.abs(RNG.standard_normal((3, 40))),
        np.abs(RNG.standard_normal((3, 40))) + 100,
        RNG.standard_normal((3, 40)) * 1e-42,  # denormals
        RNG.standard_normal((3, 40)) * 1e-30,
        RNG.standard_normal((3, 40)) * 1e30,
        np.zeros((3, 40)),
        RNG.standard_normal((3, 40)) * np.logspace(-30, 30, 40),
        RNG.standard_normal((3, 40)) * np.array([[1e-20], [1], [1e20]]),
    ],
    ids=["constant", "negative", "positive", "denormal", "small", "large", "zero", "mixed", "rows"],
)
def test_unusual_tensors_keep_the_bound(w: np.ndarray) -> None:
    w = w.astype(np.float32)
    tensor = quantize(w, group_size=8)
    assert within_half_a_step(w, tensor)
    restored = tensor.dequantize()
    assert np.isfinite(restored).all()
    assert not restored[w == 0].any()  # zero is exact


def test_layouts_give_the_same_bytes() -> None:
    w = RNG.standard_normal((40, 70), dtype=np.float32)
    expected = quantize(w)
    wide = np.zeros((80, 140), np.float32)
    wide[::2, ::2] = w
    backwards = w[::-1, ::-1].copy()[::-1, ::-1]
    for other in (np.asfortranarray(w), wide[::2, ::2], backwards, w.astype(">f4").astype("<f4")):
        assert equal(quantize(other), expected)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_half_precision_sources_are_exact(dtype: type) -> None:
    w = RNG.standard_normal((8, 40), dtype=np.float32).astype(dtype)
    assert equal(quantize(w), quantize(w.astype(np.float32)))
    assert within_half_a_step(w.astype(np.float32), quantize(w))


def test_bits_per_weight_count_everything() -> None:
    tensor = quantize(RNG.standard_normal((512, 4096), dtype=np.float32))
    per_group = (2 + 1) * 8 / 128  # two factors, one pair of zero points
    per_channel = 2 * 16 / 4096
    order = 16 / 512  # stored in 16 bits
    assert tensor.bits_per_weight == pytest.approx(3.5 + per_group + per_channel + order)
    assert tensor.packed.nbytes * 8 == 3.5 * tensor.shape[0] * tensor.shape[1]


def test_salience_decides_the_wide_half() -> None:
    w = RNG.standard_normal((6, 10), dtype=np.float32)
    assert quantize(w, salience=np.arange(10)).perm.tolist() == list(range(10))[::-1]
    norms = np.linalg.norm(w, axis=0)
    assert quantize(w).perm.tolist() == np.argsort(-norms, kind="stable").tolist()
    x = np.ones((2, 10))
    x[:, 3] = -100
    assert quantize(w, calibration=x).perm[0] == 3


def test_own_output_keeps_its_codes_on_its_own_grid() -> None:
    """`w'` is a grid point: the same grid gives the same codes, always."""
    from veriquant.fast import quantize_codes

    for shape, group_size in [((20, 333), 16), ((5, 64), 0)]:
        tensor = quantize(RNG.standard_normal(shape, dtype=np.float32), group_size=group_size)
        again = quantize_codes(tensor.dequantize(), tensor.perm, group_size, tensor.grid())
        for new, old in zip(again, tensor.codes(), strict=True):
            np.testing.assert_array_equal(new[:, : shape[1] // 2], old[:, : shape[1] // 2])


def test_requantized_output_and_when_it_may_change() -> None:
    """Fitted anew, codes stay where every group reaches both ends of its grid; else the range that
    is left is smaller, and the grid may shrink with it."""
    w = RNG.standard_normal((8, 128), dtype=np.float32)
    order = np.arange(128)[::-1]
    first = quantize(w, group_size=16, salience=order)
    second = quantize(first.dequantize(), group_size=16, salience=order)
    third = quantize(second.dequantize(), group_size=16, salience=order)
    changed = stayed = 0
    for half, most in enumerate((15, 7)):
        codes, again = first.codes()[half], second.codes()[half]
        for row in range(8):
            groups = codes[row].reshape(-1, 16)
            full = bool(((groups.min(axis=1) == 0) & (groups.max(axis=1) == most)).all())
            same = bool((again[row] == codes[row]).all())
            assert same or not full
            changed += not same
            stayed += full
    assert stayed and within_half_a_step(first.dequantize(), second)
    assert within_half_a_step(second.dequantize(), third)


def test_same_input_same_bytes() -> None:
    w = RNG.standard_normal((700, 900), dtype=np.float32)
    assert equal(quantize(w), quantize(w.copy()))


def test_save_and_load(tmp_path: Path) -> None:
    tensor = quantize(RNG.standard_normal((8, 41), dtype=np.float32), group_size=4)
    path = tmp_path / "t.safetensors"
    veriquant.save(path, {"a.weight": tensor})
    assert equal(veriquant.load(path)["a.weight"], tensor)


def test_certificate_of_a_tensor() -> None:
    w = RNG.standard_normal((8, 41), dtype=np.float32)
    claims = quantize(w, group_size=4).certificate(w)
    assert claims


def test_torch_tensors(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    w = torch.randn(12, 30)
    expected = quantize(w.numpy())
    assert equal(quantize(w), expected)
    assert equal(quantize(w.t().contiguous().t()), expected)
    assert equal(quantize(torch.nn.Parameter(w)), expected)
    assert equal(quantize(-torch._neg_view(w)), expected)
    assert equal(quantize(torch._neg_view(-w)), expected)
    for dtype in (torch.float16, torch.bfloat16):
        for half in (w.to(dtype), w.to(dtype).t().contiguous().t(), w.to(dtype).requires_grad_()):
            assert equal(quantize(half), quantize(half.detach().float().numpy()))
    x = torch.randn(3, 30, requires_grad=True)
    product = expected.matmul(x.detach().numpy())
    np.testing.assert_array_equal(expected.matmul(x), product)
    np.testing.assert_array_equal(expected.matmul(x.t().contiguous().t()), product)
    half = x.bfloat16()
    np.testing.assert_array_equal(
        expected.matmul(half), expected.matmul(half.detach().float().numpy())
    )
    assert expected.certificate(w) == expected.certificate(w.numpy())
    veriquant.save(tmp_path / "t.safetensors", {"w": expected, "x": x, "half": half})
    again = veriquant.load(tmp_path / "t.safetensors")
    np.testing.assert_array_equal(again["x"], x.detach().numpy())
    np.testing.assert_array_equal(again["half"].astype(np.float32), half.detach().float().numpy())


def test_torch_tensors_share_their_memory() -> None:
    torch = pytest.importorskip("torch")
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        w = torch.zeros(3, 4, dtype=dtype)
        as_array(w)[1, 2] = 7
        assert float(w[1, 2]) == 7


@pytest.mark.parametrize("kind", ["sparse", "meta", "float8", "quantized"])
@pytest.mark.filterwarnings("ignore")
def test_torch_tensors_without_plain_values(kind: str) -> None:
    torch = pytest.importorskip("torch")
    w = torch.randn(3, 4)
    other = {
        "sparse": w.to_sparse,
        "meta": lambda: w.to("meta"),
        "float8": lambda: w.to(torch.float8_e4m3fn),
        "quantized": lambda: torch.quantize_per_tensor(w, 0.1, 0, torch.qint8),
    }[kind]()
    with pytest.raises(QuantizationError, match=r"'a\.weight': PyTorch cannot give .*Remedy: give"):
        quantize(other, name="a.weight")


def test_calls_from_several_threads_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    matrices = [RNG.standard_normal((300, 600), dtype=np.float32) for _ in range(8)]
    expected = [quantize(w) for w in matrices]
    with ThreadPoolExecutor(8) as pool:
        for found, tensor in zip(pool.map(quantize, matrices), expected, strict=True):
            assert equal(found, tensor)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_starts_its_own_threads() -> None:
    """The pool's threads do not survive a fork: a child that waited for them would hang."""
    program = """
import os, sys, numpy as np
os.environ["VERIQUANT_NUM_THREADS"] = "2"
from veriquant import quantize
w = np.random.default_rng(0).standard_normal((400, 500), dtype=np.float32)
expected = quantize(w).packed.tobytes()
child = os.fork()
if child == 0:
    os._exit(0 if quantize(w).packed.tobytes() == expected else 3)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=120, check=False).returncode == 0

"""The methods beside rtn: grid search, compensated rounding, calibration statistics."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import veriquant
from veriquant.errors import QuantizationError
from veriquant.fast import grid as grids
from veriquant.fast import threads
from veriquant.methods import TensorStatistics, gptq, quantize_tensor
from veriquant.methods.search import fit_rows
from veriquant.tensor import QuantizedTensor


def heavy_tailed(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.standard_t(4, (rows, columns)) * 0.02).astype(np.float32)


def correlated(tokens: int, channels: int, seed: int = 1) -> np.ndarray:
    """Inputs with a falling spectrum and a few loud channels, as in a transformer."""
    rng = np.random.default_rng(seed)
    mix = rng.standard_normal((channels, channels)) * np.exp(-np.arange(channels) / 20)[:, None]
    loud = np.exp(rng.standard_normal(channels))
    return (rng.standard_normal((tokens, channels)) @ mix * loud).astype(np.float32)


def output_error(w: np.ndarray, made: QuantizedTensor, x: np.ndarray) -> float:
    """Relative squared error of the layer's output."""
    exact = x.astype(np.float64) @ w.T.astype(np.float64)
    got = x.astype(np.float64) @ made.dequantize(np.float64).T
    return float(((got - exact) ** 2).sum() / (exact**2).sum())


def loss(v: np.ndarray, d: np.ndarray, k: int, z: int, levels: int) -> float:
    q = np.clip(np.rint(v / k) + z, 0, levels - 1)
    return float((d * (v - (q - z) * k) ** 2).sum())


@pytest.mark.parametrize("levels", [8, 16])
@pytest.mark.parametrize("shape", ["normal", "tails", "one-sided", "few"])
def test_search_is_near_the_best_of_all_grids(levels: int, shape: str) -> None:
    rng = np.random.default_rng(levels)
    v = {
        "normal": rng.standard_normal((12, 48)) * 300,
        "tails": rng.standard_t(3, (12, 48)) * 150,
        "one-sided": 900 + rng.standard_normal((12, 48)) * 40,
        "few": rng.standard_normal((12, 16)) * 300,
    }[shape].astype(np.float32)
    v = np.clip(v, -255 * (levels - 1) / 2, 255 * (levels - 1) / 2).astype(np.float32)
    d = rng.uniform(0.1, 2, v.shape[1]).astype(np.float32)
    ks, zs = np.zeros(12, np.uint8), np.zeros(12, np.uint8)
    fit_rows(v, d, levels, ks, zs, 0, 12)
    found = best = full = 0.0
    for n in range(12):
        found += loss(v[n], d, int(ks[n]), int(zs[n]), levels)
        best += min(loss(v[n], d, k, z, levels) for k in range(1, 256) for z in range(levels))
        lo, hi = min(0.0, float(v[n].min())), max(0.0, float(v[n].max()))
        k = min(255, int(np.ceil((hi - lo) / (levels - 1))))
        full += loss(v[n], d, k, int(np.clip(np.rint(-lo / k), 0, levels - 1)), levels)
    assert found <= full
    assert found <= 1.25 * best


def test_mse_lowers_the_squared_error_of_rtn() -> None:
    w = heavy_tailed(64, 512)
    plain = veriquant.quantize(w, "rtn").dequantize()
    searched = veriquant.quantize(w, "mse")
    assert searched.method == "mse"
    error = ((searched.dequantize() - w) ** 2).sum()
    assert error < 0.85 * ((plain - w) ** 2).sum()


def test_mse_codes_are_the_nearest_on_their_grid() -> None:
    w = heavy_tailed(16, 130)
    made = veriquant.quantize(w, "mse", group_size=16)
    wide, narrow = made.codes()
    again = grids.quantize_codes(w, made.perm, 16, made.grid())
    assert np.array_equal(wide, again[0])
    assert np.array_equal(narrow, again[1])


@pytest.mark.parametrize("group_size", [0, 24, 64, 200])
def test_compensation_beats_scale_search_beats_rounding(group_size: int) -> None:
    w, x = heavy_tailed(48, 320), correlated(2000, 320)
    statistics = TensorStatistics.from_activations(x)
    errors = [
        output_error(
            w, quantize_tensor(w, method=m, group_size=group_size, calibration=statistics), x
        )
        for m in ("rtn", "mse", "gptq")
    ]
    assert errors[1] < errors[0]
    assert errors[2] < 0.6 * errors[1]


def test_activation_salience_beats_norm() -> None:
    w, x = heavy_tailed(48, 256), correlated(2000, 256)
    by_norm = veriquant.quantize(w, "gptq", salience=grids.salience_of(w), calibration=x)
    by_both = quantize_tensor(w, method="gptq", calibration=TensorStatistics.from_activations(x))
    assert output_error(w, by_both, x) < output_error(w, by_norm, x)


def test_descent_never_raises_the_objective() -> None:
    w, x = heavy_tailed(32, 192), correlated(1500, 192)
    statistics = TensorStatistics.from_activations(x)
    errors = [
        output_error(
            w, quantize_tensor(w, method="gptq", calibration=statistics, damp=1e-4, sweeps=n), x
        )
        for n in (0, 1, 2, 4)
    ]
    assert all(b <= a * (1 + 1e-4) for a, b in itertools.pairwise(errors)), errors
    assert errors[-1] < errors[0]


def test_without_correlation_nothing_is_compensated() -> None:
    w = heavy_tailed(20, 96)
    made = veriquant.quantize(
        w, "gptq", group_size=16, sweeps=0, salience=np.arange(96.0),
        statistics=TensorStatistics(np.eye(96, dtype=np.float32), 1),
    )  # fmt: skip
    wide, narrow = grids.quantize_codes(w, made.perm, 16, made.grid())
    assert np.array_equal(made.codes()[0], wide)
    assert np.array_equal(made.codes()[1], narrow)


def test_target_replaces_the_weight() -> None:
    w, other = heavy_tailed(16, 64), heavy_tailed(16, 64, seed=5)
    hessian = TensorStatistics.from_activations(correlated(500, 64)).hessian
    salience = np.arange(64.0)
    aimed = veriquant.quantize(
        w, "gptq", salience=salience, statistics=TensorStatistics(hessian, 500, other)
    )
    assert np.abs(aimed.dequantize() - other).mean() < 0.3 * np.abs(aimed.dequantize() - w).mean()


def test_factor_is_of_the_inverse() -> None:
    x = correlated(300, 40)
    perm = np.random.default_rng(3).permutation(40).astype(np.uint32)
    damped, u = gptq.factored((x.T @ x / 300).astype(np.float32), perm, 0.01)
    assert np.array_equal(u, np.triu(u))
    assert np.allclose(u.T.astype(np.float64) @ u @ damped, np.eye(40), atol=1e-3)


@pytest.mark.parametrize("method", ["mse", "gptq"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (5, 7), (4, 129)])
def test_zero_channel_of_an_odd_width_decodes_to_zero(method: str, shape: tuple[int, int]) -> None:
    w, x = heavy_tailed(*shape), correlated(50, shape[1])
    made = veriquant.quantize(w, method, group_size=8, calibration=x)
    assert made.dequantize().shape == shape
    _, narrow = made.codes()
    if shape[1] % 2:
        place = int(np.flatnonzero(made.perm == shape[1])[0]) - made.pairs
        group = place // 8
        assert np.array_equal(narrow[:, place], made.grid().zeros_narrow[:, group])


@pytest.mark.parametrize("method", ["mse", "gptq"])
@pytest.mark.parametrize("size", [1e-34, 1e-20, 1e20, 1e36])
def test_size_of_the_weights_does_not_matter(method: str, size: float) -> None:
    w, x = heavy_tailed(8, 64), correlated(400, 64)
    factor = np.float32(2.0 ** np.round(np.log2(size)))
    options = {"scale_dtype": "bfloat16", "group_size": 16, "calibration": x}
    base = veriquant.quantize(w, method, **options).dequantize(np.float64)
    made = veriquant.quantize(w * factor, method, **options).dequantize(np.float64)
    error, reference = np.abs(made / float(factor) - w).sum(), np.abs(base - w).sum()
    assert error <= 1.001 * reference


@pytest.mark.parametrize("method", ["mse", "gptq"])
def test_degenerate_rows_and_channels(method: str) -> None:
    w, x = heavy_tailed(8, 64), correlated(20, 64)  # fewer tokens than channels: singular
    w[0] = 0
    w[1] = 0.5
    w[2, ::2] = 0
    w[:, 10] = 0
    x[:, 20:30] = 0
    made = veriquant.quantize(w, method, group_size=16, calibration=x)
    got = made.dequantize()
    assert np.isfinite(got).all()
    assert not got[0].any()
    assert np.abs(got[1] - w[1]).max() < 0.01
    assert output_error(w, made, x) < 0.02


def test_same_codes_on_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    w, x = heavy_tailed(300, 512), correlated(600, 512)
    made = []
    for count in ("1", "2", "3"):
        monkeypatch.setenv("VERIQUANT_NUM_THREADS", count)
        threads.reset()
        made.append(veriquant.quantize(w, "gptq", calibration=x))
    threads.reset()
    assert all(np.array_equal(made[0].packed, m.packed) for m in made[1:])


def test_gptq_needs_statistics() -> None:
    with pytest.raises(QuantizationError, match="needs calibration"):
        veriquant.quantize(heavy_tailed(4, 8), "gptq", name="layer.weight")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h: h[:-1], "hessian must be"),
        (lambda h: np.where(np.eye(8) > 0, np.nan, h), "must be finite"),
        (lambda h: -h, "negative mean square"),
    ],
)
def test_bad_statistics_are_refused(change: object, message: str) -> None:
    h = np.eye(8, dtype=np.float32)
    bad = TensorStatistics(change(h).astype(np.float32), 10)  # type: ignore[operator]
    with pytest.raises(QuantizationError, match=message) as caught:
        quantize_tensor(heavy_tailed(4, 8), method="gptq", calibration=bad, name="a.weight")
    assert "a.weight" in str(caught.value)


def test_indefinite_hessian_is_refused() -> None:
    h = np.eye(8, dtype=np.float32)
    h[0, 1] = h[1, 0] = 50
    with pytest.raises(QuantizationError, match="not positive definite"):
        quantize_tensor(heavy_tailed(4, 8), method="gptq", calibration=TensorStatistics(h, 10))


def test_target_of_another_shape_is_refused() -> None:
    statistics = TensorStatistics(np.eye(8, dtype=np.float32), 10, heavy_tailed(3, 8))
    with pytest.raises(QuantizationError, match="target must be"):
        quantize_tensor(heavy_tailed(4, 8), method="gptq", calibration=statistics)

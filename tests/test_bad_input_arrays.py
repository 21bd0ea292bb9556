"""Arrays that cannot be quantized: the message names tensor, position, value and remedy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from veriquant import QuantizationError, quantize
from veriquant.arrays import as_weights

GOOD = np.random.default_rng(0).standard_normal((6, 10), dtype=np.float32)


def refused(w: Any, **options: Any) -> QuantizationError:
    with pytest.raises(QuantizationError) as caught:
        quantize(w, name="layers.0.q_proj", **options)
    error = caught.value
    assert "layers.0.q_proj" in str(error)
    assert re.search(r"Remedy: \w+", str(error))
    return error


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_not_finite(bad: float, dtype: type) -> None:
    w = GOOD.astype(dtype)
    w[4, 7] = bad
    w[5, 1] = np.nan
    error = refused(w)
    assert error.position == "output channel 4, input channel 7"
    assert str(error.value) == str(bad)


def test_not_finite_far_down_a_large_tensor() -> None:
    w = np.zeros((3000, 1000), np.float32)
    w[2999, 999] = np.nan
    assert refused(w).position == "output channel 2999, input channel 999"


@pytest.mark.parametrize("shape", [(), (7,), (2, 3, 4), (1, 1, 3, 3)])
def test_not_a_matrix(shape: tuple[int, ...]) -> None:
    error = refused(np.ones(shape, np.float32))
    assert "[out_features, in_features]" in str(error) and str(list(shape)) in str(error)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0)])
def test_empty(shape: tuple[int, ...]) -> None:
    assert str(list(shape)) in str(refused(np.ones(shape, np.float32)))


@pytest.mark.parametrize(
    "dtype", [np.float64, np.int8, np.int64, np.uint8, np.bool_, np.complex64, object, "S3"]
)
def test_wrong_dtype(dtype: Any) -> None:
    error = refused(np.ones((4, 4)).astype(dtype))
    assert "float32, float16 or bfloat16" in str(error) and "dtype" in str(error)


def test_lists_are_float64() -> None:
    assert "float64" in str(refused([[1.0, 2.0]]))


@pytest.mark.parametrize("value", [3.4028234e38, -3.4028234e38])
def test_grid_beyond_float32(value: float) -> None:
    """From the least to the largest float32 in 15 steps around a zero: one end is beyond."""
    w = GOOD.copy()
    w[3] = value
    w[3, 0] = -value
    error = refused(w)
    assert error.position is not None and error.position.startswith("output channel 3, group 0")
    assert "power of two" in error.remedy


def test_range_that_float16_cannot_hold() -> None:
    w = GOOD.copy()
    w[2, 3] = 1e10
    error = refused(w, scale_dtype="float16")
    assert error.position is not None and "output channel 2" in error.position
    assert "65504" in str(error) and "1e+10" in str(error) and "bfloat16" in error.remedy
    assert quantize(w).scale_dtype == "bfloat16"


@pytest.mark.parametrize("value", [-1, 2.5, "64", None, True, 2**31, 10**20])
def test_group_size(value: Any) -> None:
    assert repr(value) in str(refused(GOOD, group_size=value))


def test_method_and_scale_dtype() -> None:
    assert "'awq'" in str(refused(GOOD, method="awq"))
    assert "'float32'" in str(refused(GOOD, scale_dtype="float32"))
    with pytest.raises(TypeError, match="no option 'damping'"):
        quantize(GOOD, damping=1)


@pytest.mark.parametrize("name", ["salience", "calibration"])
def test_statistics_of_wrong_shape_or_value(name: str) -> None:
    good = np.ones(10) if name == "salience" else np.ones((3, 10))
    for shape in ((9,), (3, 9), (1, 3, 10), (0,), (0, 10)):
        assert f"{name} must be" in str(refused(GOOD, **{name: np.ones(shape)}))
    bad = good.copy()
    bad[..., 4] = np.nan
    error = refused(GOOD, **{name: bad})
    assert "finite" in str(error) and "4" in (error.position or "")


def test_negative_salience() -> None:
    salience = np.ones(10)
    salience[6] = -0.5
    error = refused(GOOD, salience=salience)
    assert error.position == "input channel 6" and "-0.5" in str(error)


def test_float32_rows_are_not_copied() -> None:
    assert np.shares_memory(as_weights(GOOD), GOOD)
    assert np.shares_memory(as_weights(GOOD[1:]), GOOD)


def test_input_is_left_alone() -> None:
    w = GOOD.copy()
    w.flags.writeable = False
    quantize(w)
    np.testing.assert_array_equal(w, GOOD)

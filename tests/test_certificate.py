"""What a certificate states is exact, or a true upper bound: compared with rational arithmetic."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import ml_dtypes
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import veriquant
from checkpoints import good, near_tie, weights, write_file, write_folder
from veriquant.certificate import certify
from veriquant.certificate.measure import Measures, measure
from veriquant.certificate.record import SCHEMA_FILE, report_hash
from veriquant.errors import QuantizationError
from veriquant.fast import grid
from veriquant.tensor import QuantizedTensor


def exact(w: npt.NDArray[np.float32], tensor: QuantizedTensor) -> dict[str, Any]:
    """All measures in rationals, weight by weight, from the definition of the format."""
    wide, narrow = tensor.codes()
    n, k = tensor.shape
    pairs, size = tensor.pairs, tensor.group_size or tensor.pairs
    best, at = Fraction(-1), (0, 0)
    squares, steps, rows = Fraction(0), Fraction(0), []
    sums = [[0] * n, [0] * n]
    largest = [0, 0]
    for r in range(n):
        row = Fraction(0)
        found: dict[int, Fraction] = {}
        for position, channel in enumerate(tensor.perm):
            if channel == k:
                continue
            half, i = divmod(position, pairs)
            zero = int(tensor.zeros[r, i // size]) >> 4 * half & (7 if half else 15)
            code = int((narrow if half else wide)[r, i])
            s = Fraction(float(tensor.scales[r, half])) * int(
                tensor.group_scales[r, i // size, half]
            )
            error = abs((code - zero) * s - Fraction(float(w[r, channel])))
            found[int(channel)] = error / s
            row += error**2
            steps += s**2
            sums[half][r] += abs(code - zero)
            largest[half] = max(largest[half], abs(code - zero))
        for channel in sorted(found):
            if found[channel] > best:
                best, at = found[channel], (r, channel)
        rows.append(row)
        squares += row
    return {
        "max_ratio": best, "at": at, "squares": squares, "steps": steps, "rows": rows,
        "wide": 128 * max(sums[0]), "narrow": 128 * max(sums[1]), "largest": largest,
    }  # fmt: skip


def agree(found: Measures, truth: dict[str, Any]) -> None:
    assert (found.max_ratio, found.at) == (truth["max_ratio"], truth["at"])
    assert (found.column_wide, found.column_narrow) == (truth["wide"], truth["narrow"])
    assert [found.step_wide, found.step_narrow] == truth["largest"]
    factor = max(truth["max_ratio"], Fraction(1, 2))
    for stated, square in (
        (found.error, truth["squares"]),
        (found.bound, factor**2 * truth["steps"]),
        (found.worst_error, max(truth["rows"])),
    ):
        upper = Fraction(stated) ** 2
        assert square <= upper <= square * (1 + Fraction(1, 10**9)), (stated, float(square))


finite = st.floats(
    width=32, allow_nan=False, allow_infinity=False, min_value=-(2.0**100), max_value=2.0**100
)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(1, 4), st.integers(1, 12), st.sampled_from([0, 1, 3, 64]))
def test_measures_of_fitted_tensors_equal_rational_arithmetic(
    data: st.DataObject, n: int, k: int, group: int
) -> None:
    values = data.draw(st.lists(finite, min_size=n * k, max_size=n * k))
    w = np.array(values, dtype=np.float32).reshape(n, k)
    tensor = veriquant.quantize(w, group_size=group)
    truth = exact(w, tensor)
    assert truth["max_ratio"] <= Fraction(1, 2)
    agree(measure(w, tensor), truth)


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(1, 3), st.integers(1, 10))
def test_measures_of_any_codes_equal_rational_arithmetic(
    data: st.DataObject, n: int, k: int
) -> None:
    """Codes far from their weights: differences that float64 cannot hold, and exact ties."""
    small = st.one_of(finite, st.sampled_from([0.0, 1e-45, -1e-40, 1.0, 2.0**-60, 0.75]))
    w = np.array(data.draw(st.lists(small, min_size=n * k, max_size=n * k)), np.float32)
    w = w.reshape(n, k)
    pairs = (k + 1) // 2
    codes = [
        np.array(
            data.draw(st.lists(st.integers(0, top), min_size=n * pairs, max_size=n * pairs)),
            dtype=np.uint8,
        ).reshape(n, pairs)
        for top in (15, 7)
    ]
    perm = np.array(data.draw(st.permutations(range(2 * pairs))), dtype=np.uint32)
    scales = data.draw(st.sampled_from([0.5, 1.0, 2.0**-14, 1024.0]))
    fitted = grid.Grid(
        np.full((n, 2), scales, np.float16),
        np.full((n, 1, 2), data.draw(st.integers(1, 255)), np.uint8),
        np.full((n, 1), 7, np.uint8), np.full((n, 1), 3, np.uint8),
    )  # fmt: skip
    tensor = QuantizedTensor.from_codes(*codes, fitted, perm, (n, k), 0, "gptq")
    agree(measure(w, tensor), exact(w, tensor))


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("kind", ["product", "quotient"])
def test_the_maximum_is_compared_exactly_where_floats_tie(kind: str, swap: bool) -> None:
    w, tensor, farther = near_tie(kind, swap)
    found = measure(w, tensor)
    s = Fraction(float(tensor.scales[0, 0]))
    assert found.at == (0, farther)
    assert found.max_ratio == (s - Fraction(float(w[0, farther]))) / s


def test_a_safe_length_is_safe_and_the_next_is_not() -> None:
    w = weights(0, 4, 64)
    found = measure(w, veriquant.quantize(w))
    most = max(found.step_wide, found.step_narrow)
    half = found.safe_length // 2
    assert 128 * most * half <= 2**31 - 1 < 128 * most * (half + 1)
    zeros = np.zeros((2, 4), np.float32)
    assert measure(zeros, veriquant.quantize(zeros)).safe_length > 2**30


def schema() -> dict[str, Any]:
    return json.loads(SCHEMA_FILE.read_text())  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_written_certificates_satisfy_the_schema(tmp_path: Path, kind: str) -> None:
    source = (
        write_file(tmp_path / "m.safetensors") if kind == "file" else write_folder(tmp_path / "m")
    )
    out = tmp_path / ("q.safetensors" if kind == "file" else "q")
    good("quantize", source, "-o", out)
    value = json.loads((tmp_path / f"{out.name}.certificate.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(value, schema(), cls=jsonschema.Draft202012Validator)
    del value["tensors"]["layers.0.up.weight"]["pointwise"]
    with pytest.raises(jsonschema.ValidationError, match="pointwise"):
        jsonschema.validate(value, schema(), cls=jsonschema.Draft202012Validator)


def test_a_long_reduction_is_certified_with_its_safe_length(tmp_path: Path) -> None:
    """K above the 8192 channels of T2: allowed, and the certificate says what is safe."""
    w = weights(0, 2, 20000)
    stated = certify(veriquant.quantize(w), w)["accumulators"]
    assert stated["int32_safe"] and stated["safe_length"] >= 20000
    assert stated["wide"] <= 128 * 15 * 10000


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
def test_certify_is_the_tensor_part_of_the_file(tmp_path: Path, dtype: Any) -> None:
    w = weights(0, 8, 33, dtype)
    source = write_file(tmp_path / "m.safetensors", {"a.weight": w})
    good("quantize", source, "-o", tmp_path / "q.safetensors")
    stated = json.loads((tmp_path / "q.safetensors.certificate.json").read_text())
    tensor = veriquant.load(tmp_path / "q.safetensors")["a.weight"]
    assert isinstance(tensor, QuantizedTensor)
    assert tensor.certificate(w) == stated["tensors"]["a.weight"]
    alone = tensor.certificate()
    assert set(stated["tensors"]["a.weight"]) - set(alone) == {
        "source_dtype", "source_sha256", "pointwise", "frobenius",
    }  # fmt: skip
    assert alone["accumulators"] == stated["tensors"]["a.weight"]["accumulators"]


def test_no_certificate_against_weights_that_were_not_quantized() -> None:
    """T1c would be stated of them, and be false."""
    w = weights(0, 8, 33)
    tensor = veriquant.quantize(w)
    w[5, 7] += 1
    with pytest.raises(QuantizationError, match=r"channel 5, input channel 7: source is not what"):
        tensor.certificate(w)
    measured = veriquant.quantize(weights(0, 8, 33), method="mse").certificate(w)["pointwise"]
    assert (measured["claim"], measured["channel"], measured["weight"]) == ("measured", 5, 7)


def test_a_report_hash_ignores_times_only() -> None:
    one = {"vcs": [{"id": 1, "seconds": 0.5, "solver_time": 3}], "date": "today"}
    two = {"vcs": [{"id": 1, "seconds": 0.7}], "generated": 1}
    assert report_hash(one) == report_hash(two) == report_hash({"vcs": [{"id": 1}]})
    assert report_hash(one) != report_hash({"vcs": [{"id": 2}]})

"""A finite weight never becomes infinite silently, and what narrowing adds is stated."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import veriquant
from checkpoints import bad, good, run, weights, write_file, write_folder
from veriquant.convert.dequantize import dequantize_checkpoint
from veriquant.errors import QuantizationError, SaturationWarning
from veriquant.layout import Grid
from veriquant.methods.calibration import CalibrationFile
from veriquant.model.load import load_llama
from veriquant.narrowing import FLOAT_TYPES, Narrowing, as_float32, float_type, narrow
from veriquant.tensor import QuantizedTensor

BF16 = np.dtype(ml_dtypes.bfloat16)
MOST = {"float16": 65504.0, "bfloat16": float(ml_dtypes.finfo(BF16).max)}


def near_limit(dtype: Any, limit: float, rows: int = 4) -> Any:
    """Weights `[rows, 128]` up to +-`limit`, so that their grid ends beyond it."""
    w = np.random.default_rng(0).uniform(-1, 1, (rows, 128)) * limit
    w[0, 0], w[-1, -1] = limit, -limit
    return w.astype(dtype)


def exact(tensor: QuantizedTensor) -> Any:
    return tensor.dequantize(np.float64)


@pytest.mark.parametrize("limit", [65000.0, 1.25e5])
@pytest.mark.parametrize("dtype", ["float16", "source"])
def test_a_weight_beyond_float16_is_named(tmp_path: Path, limit: float, dtype: str) -> None:
    kind = np.float16 if dtype == "source" else np.float32
    if dtype == "source" and limit > MOST["float16"]:
        pytest.skip("no float16 model holds such a weight")
    source, out = tmp_path / "m.safetensors", tmp_path / "q.safetensors"
    save_file({"a.weight": near_limit(kind, limit), "b.weight": weights(1, 8, 32)}, source)
    good("quantize", source, "-o", out)
    values = exact(veriquant.load(out)["a.weight"])  # type: ignore[arg-type]
    with np.errstate(over="ignore"):
        beyond = np.isinf(values.astype(np.float16))
    assert beyond.any(), "the input does what it is for"
    row, column = np.argwhere(beyond)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        message = bad("dequantize", out, "-o", tmp_path / "f.safetensors", "--dtype", dtype)
    assert f"tensor 'a.weight', output channel {row}, input channel {column}" in message
    assert f"(value {np.float32(values[row, column])})" in message
    assert "Remedy: use bfloat16 or float32" in message and "--saturate" in message
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "m.safetensors", "q.safetensors", "q.safetensors.certificate.json",
    ]  # fmt: skip
    text = good("dequantize", out, "-o", tmp_path / "f.safetensors", "--dtype", dtype, "--saturate")
    assert f"{beyond.sum()} weights saturated" in text
    found = load_file(tmp_path / "f.safetensors")["a.weight"]
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[beyond], np.copysign(65504, values[beyond]))
    np.testing.assert_array_equal(found[~beyond], values[~beyond].astype(np.float16))


def test_bfloat16_at_its_own_limit(tmp_path: Path) -> None:
    """Between the largest bfloat16 and the largest float32 there is room for weights."""
    source, out = tmp_path / "m.safetensors", tmp_path / "q.safetensors"
    # Two weights a channel: the grid's last step is the largest weight, rounded up by S's bits.
    w = np.array([[3.395e38, 3.39e38], [1.0, 2.0]], np.float32)
    save_file({"a.weight": w}, source)
    good("quantize", source, "-o", out, "--scale-dtype", "bfloat16")
    values = exact(veriquant.load(out)["a.weight"])  # type: ignore[arg-type]
    assert (np.abs(values) > MOST["bfloat16"] * (1 + 2.0**-9)).any(), values
    message = bad("dequantize", out, "-o", tmp_path / "f.safetensors", "--dtype", "bfloat16")
    assert "tensor 'a.weight', output channel 0" in message and "use float32" in message
    text = good(
        "dequantize", out, "-o", tmp_path / "f.safetensors", "--dtype", "bfloat16", "--saturate"
    )
    found = load_file(tmp_path / "f.safetensors")["a.weight"].astype(np.float64)
    assert np.isfinite(found).all() and found.max() == MOST["bfloat16"]
    assert "weights saturated" in text and "0 weights saturated" not in text


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_the_added_error_is_stated_and_right(tmp_path: Path, dtype: str) -> None:
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"
    good("quantize", source, "-o", out)
    result = run("dequantize", out, "-o", tmp_path / "f.safetensors", "--dtype", dtype, "-v")
    assert result.exit_code == 0
    stated = dequantize_checkpoint(out, tmp_path / "g.safetensors", dtype)
    found, codes = load_file(tmp_path / "g.safetensors"), veriquant.load(out)
    assert len(stated) == 4
    for name, added in stated.items():
        values = exact(codes[name])  # type: ignore[arg-type]
        error = np.abs(found[name].astype(np.float64) - values)
        assert added.largest == error.max() and added.weights == error.size
        assert added.at == tuple(np.argwhere(error == error.max())[0])
        assert added.relative == pytest.approx(np.linalg.norm(error) / np.linalg.norm(values))
        assert added.saturated == 0
    worst = max(stated, key=lambda name: stated[name].largest)
    assert f"4 tensors as {dtype}: added error at most {stated[worst].largest:.3g} ({worst}" in (
        result.stdout
    )
    assert f"{worst}: {dtype}, added error at most" in result.stderr
    text = good("dequantize", out, "-o", tmp_path / "h.safetensors")
    assert "4 tensors as float32: every weight exact" in text


def test_the_added_error_survives_a_resumed_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    good("quantize", source, "-o", out)
    whole = dequantize_checkpoint(out, tmp_path / "whole", "bfloat16")
    from veriquant import files

    def refuse(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "copy", refuse)
    with pytest.raises(KeyboardInterrupt):
        dequantize_checkpoint(out, tmp_path / "f", "bfloat16")
    monkeypatch.undo()
    assert dequantize_checkpoint(out, tmp_path / "f", "bfloat16") == whole


def test_arrays_narrow_by_the_same_rules() -> None:
    tensor = veriquant.quantize(near_limit(np.float32, 1.25e5))
    values = exact(tensor)
    with np.errstate(over="ignore"):
        beyond = np.isinf(values.astype(np.float16))
    row, column = np.argwhere(beyond)[0]
    with pytest.raises(
        QuantizationError, match=f"output channel {row}, input channel {column}: float16 cannot"
    ):
        tensor.dequantize(np.float16)
    with pytest.warns(SaturationWarning, match=f"^{beyond.sum()} of 512 weights exceed float16"):
        found = tensor.dequantize(np.float16, saturate=True)
    assert np.isfinite(found).all() and found.dtype == np.float16
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tensor.dequantize(BF16)
        tensor.dequantize("bfloat16", saturate=True)
        tensor.dequantize("float32")
    with pytest.raises(QuantizationError, match="output channel 2"):
        from veriquant.fast.dequant import dequantize

        dequantize(
            veriquant.quantize(np.diag([1.0, 1.0, 7e4, 1.0]).astype(np.float32)), np.float16,
            rows=slice(1, 4),
        )  # fmt: skip


@pytest.mark.parametrize(
    "dtype",
    [np.int8, np.uint8, int, bool, complex, "S4", "foo", object, None, 3, [], {}, np.int64,
     ml_dtypes.float8_e4m3fn, ml_dtypes.int4, "M8[s]", [("a", "f4")], np.longdouble, ">f4"],
)  # fmt: skip
def test_other_dtypes_are_refused(dtype: Any) -> None:
    tensor = veriquant.quantize(weights(0, 3, 8))
    if dtype is np.longdouble and np.dtype(dtype) == np.float64:
        pytest.skip("the same type here")
    for saturate in (False, True):
        with pytest.raises(QuantizationError, match="weights are given as float16, bfloat16"):
            tensor.dequantize(dtype, saturate=saturate)


def test_every_float_type_by_name_and_type() -> None:
    for name, kind in FLOAT_TYPES.items():
        assert float_type(name) == float_type(kind) == float_type(kind.type) == kind


def test_a_file_whose_grid_exceeds_float32_is_refused(tmp_path: Path) -> None:
    """bfloat16 scales reach 3.4e38, and a code multiplies them by up to 3825."""
    tensor = veriquant.quantize(weights(0, 3, 8), scale_dtype="bfloat16")
    tensor.scales[1, 0] = 1e38
    with pytest.raises(QuantizationError, match="output channel 1, input channel"):
        tensor.dequantize()
    veriquant.save(tmp_path / "x.safetensors", {"a": tensor})
    with pytest.raises(QuantizationError, match=r"tensor 'a', output channel 1, .*float32"):
        veriquant.load(tmp_path / "x.safetensors")
    codes = np.zeros((1, 4), np.uint8)
    grid = Grid(
        np.full((1, 2), 3e38, BF16), np.full((1, 1, 2), 255, np.uint8),
        np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8),
    )  # fmt: skip
    order = np.arange(8, dtype=np.uint32)
    with pytest.raises(QuantizationError, match="ends above the largest float32"):
        QuantizedTensor.from_codes(codes, codes, grid, order, (1, 8), 0, "gptq")


def test_float64_inputs_are_not_made_infinite(tmp_path: Path) -> None:
    with pytest.raises(QuantizationError, match=r"'w'.*index \(1, 0\).*value -1e\+39"):
        as_float32(np.array([[1.0], [-1e39]]), "w")
    kept = np.array([np.inf, np.nan, 1.0])
    np.testing.assert_array_equal(as_float32(kept), kept.astype(np.float32))
    path = tmp_path / "c.safetensors"
    save_file({"a.weight.activations": np.array([[1.0, 1e39]])}, path)
    with pytest.raises(QuantizationError, match=r"a\.weight\.activations.*1e\+39"):
        CalibrationFile(path).get("a.weight")
    folder = tmp_path / "llama"
    folder.mkdir()
    config = {
        "model_type": "llama", "hidden_act": "silu", "num_hidden_layers": 1, "hidden_size": 4,
        "intermediate_size": 4, "num_attention_heads": 1, "vocab_size": 4, "rms_norm_eps": 1e-5,
        "max_position_embeddings": 8, "rope_theta": 1e4, "num_key_value_heads": 1,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    save_file({"model.norm.weight": np.full(4, 1e39)}, folder / "m.safetensors")
    with pytest.raises(QuantizationError, match=r"model\.norm\.weight.*1e\+39"):
        load_llama(folder)


def test_sums_of_parts_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    w = weights(3, 50, 64)
    whole, stated = narrow(w, "bfloat16")
    monkeypatch.setattr("veriquant.narrowing.BLOCK_WEIGHTS", 64 * 7)
    parts, added = narrow(w, "bfloat16")
    assert np.array_equal(whole, parts) and (added.largest, added.at) == (stated.largest, stated.at)
    assert added.square == pytest.approx(stated.square) and added.weights == stated.weights == 3200
    assert narrow(w[:0], "float16")[1] == Narrowing("float16")
    assert narrow(w, "float64")[1] == Narrowing("float64", 3200)
    assert str(narrow(w, "float32")[1]) == "float32, nothing added"

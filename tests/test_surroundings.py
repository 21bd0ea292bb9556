"""What stands around the tensors: null fields, download caches, stale indexes, unknown dtypes."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import veriquant
from checkpoints import bad, good, raw_file, run, weights, write_file, write_folder
from veriquant.formats.errors import BadInputError, SkippedTensorWarning
from veriquant.formats.naming import CACHE_TAG, CACHE_VARIABLES, default_output


def rewrite(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


@pytest.mark.parametrize("file", ["model.safetensors.index.json", "config.json"])
def test_null_says_the_same_as_no_entry(tmp_path: Path, file: str) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    key = "metadata" if "index" in file else "quantization_config"
    rewrite(source / file, **{key: None})
    good("quantize", source, "-o", out)
    assert "every claim holds" in good("check", out, "--against", source)
    good("dequantize", out, "-o", tmp_path / "f")
    value = json.loads((out / file).read_text())[key]
    assert set(value) == {"total_size"} if key == "metadata" else value["bits"] == 3.5


@pytest.mark.parametrize("value", [[], "x", 3, True])
def test_index_metadata_of_a_wrong_kind(tmp_path: Path, value: Any) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    good("quantize", source, "-o", out)
    rewrite(source / "model.safetensors.index.json", metadata=value)
    for command in (
        ("quantize", source, "-o", tmp_path / "r"), ("check", out, "--against", source),
        ("inspect", source),
    ):  # fmt: skip
        assert "metadata must be an object or null" in bad(*command)
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("value", [{}, {"quant_method": "gptq"}, False, ""])
def test_other_quantization_configs_are_refused(tmp_path: Path, value: Any) -> None:
    source = write_folder(tmp_path / "m")
    rewrite(source / "config.json", quantization_config=value)
    assert "quantized already" in bad("quantize", source, "-o", tmp_path / "q")


def test_a_header_with_null_metadata(tmp_path: Path) -> None:
    entry = {"dtype": "F32", "shape": [2, 4], "data_offsets": [0, 32]}
    source = raw_file(
        tmp_path / "m.safetensors", {"__metadata__": None, "a.weight": entry}, bytes(32)
    )
    good("quantize", source, "-o", tmp_path / "q.safetensors")
    assert "every claim holds" in good("check", tmp_path / "q.safetensors", "--against", source)


def hub_cache(root: Path) -> tuple[Path, Path]:
    """A download cache as the Hugging Face hub lays it out; a blob, and the snapshot's folder."""
    repo = root / "models--owner--name"
    snapshot = repo / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    blob = repo / "blobs" / ("1" * 64)
    blob.parent.mkdir()
    write_file(blob)
    (snapshot / "model.safetensors").symlink_to(os.path.relpath(blob, snapshot))
    return blob, snapshot


def test_the_default_output_is_never_inside_a_download_cache(tmp_path: Path) -> None:
    blob, snapshot = hub_cache(tmp_path / "hub")
    before = sorted(tmp_path.rglob("*"))
    (tmp_path / "link").symlink_to(snapshot, target_is_directory=True)
    for source in (
        blob,
        snapshot,
        snapshot / "model.safetensors",
        tmp_path / "link" / "model.safetensors",
    ):
        message = bad("quantize", source)
        assert "download cache" in message and "-o" in message
    assert sorted(p for p in tmp_path.rglob("*") if p.name != "link") == before
    good("quantize", blob, "-o", tmp_path / "q.safetensors")
    assert "download cache" in bad("dequantize", snapshot)


def test_the_default_output_follows_the_name_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob, snapshot = hub_cache(tmp_path / "hub")
    here = tmp_path / "here"
    here.mkdir()
    (here / "model.safetensors").symlink_to(blob)
    (here / "model").symlink_to(snapshot, target_is_directory=True)
    (here / "blob").symlink_to(blob)
    good("quantize", here / "model.safetensors")
    good("quantize", here / "model")
    good("quantize", here / "blob")
    made = sorted(p.name for p in here.iterdir() if not p.is_symlink() and "cert" not in p.name)
    assert made == ["blob.veriquant.safetensors", "model.veriquant", "model.veriquant.safetensors"]
    monkeypatch.chdir(here / "model.veriquant")
    assert default_output(Path()) == here / "model.veriquant.veriquant"


@pytest.mark.parametrize("mark", [*CACHE_VARIABLES, CACHE_TAG])
def test_marked_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str) -> None:
    folder = tmp_path / "cache" / "deep"
    folder.mkdir(parents=True)
    source = write_file(folder / "m.safetensors")
    for variable in CACHE_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    assert default_output(source) == folder / "m.veriquant.safetensors"
    if mark == CACHE_TAG:
        (tmp_path / "cache" / mark).write_text("Signature: 8a477f597d28d172789f06886806bc55")
    else:
        monkeypatch.setenv(mark, str(tmp_path / "cache"))
    with pytest.raises(BadInputError, match="download cache"):
        default_output(source)


def test_the_root_folder_has_no_default_output() -> None:
    with pytest.raises(BadInputError, match="no name"):
        default_output(Path("/"))


def test_files_beside_the_index_are_named(tmp_path: Path) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    write_file(source / "model-00003-of-00003.safetensors", {"new.weight": weights(0, 4, 8)})
    (source / "pytorch_model.bin").write_bytes(b"weights")
    text = good("quantize", source, "-o", out)
    for name in ("model-00003-of-00003.safetensors", "pytorch_model.bin"):
        assert f"note: {name}: not one of the checkpoint's shards: copied as it is" in text
        assert (out / name).read_bytes() == (source / name).read_bytes()
    assert "note" not in good("quantize", write_folder(tmp_path / "n"), "-o", tmp_path / "r")
    assert "every claim holds" in good("check", out, "--against", source)


def test_load_gives_the_rest_of_a_file_with_a_dtype_that_numpy_lacks(tmp_path: Path) -> None:
    def entry(dtype: str, begin: int, end: int) -> dict[str, Any]:
        return {"dtype": dtype, "shape": [2, 4], "data_offsets": [begin, end]}

    bits = bytes(range(0x38, 0x40))  # float8_e4m3fn: 1, 1.125, ..., 1.875
    header = {
        "a": entry("F32", 0, 32), "four": entry("F4", 32, 36), "eight": entry("F8_E4M3", 36, 44),
        "six": entry("F6_E2M3", 44, 50),
    }  # fmt: skip
    a = weights(0, 2, 4)
    source = raw_file(tmp_path / "m.safetensors", header, a.tobytes() + bytes(4) + bits + bytes(6))
    with pytest.warns(SkippedTensorWarning) as seen:
        found = veriquant.load(source)
    assert sorted(found) == ["a", "eight"]
    np.testing.assert_array_equal(np.asarray(found["a"]), a)
    eight = np.asarray(found["eight"])
    assert eight.dtype == ml_dtypes.float8_e4m3fn
    assert eight.astype(np.float32).ravel().tolist() == [1 + i / 8 for i in range(8)]
    assert [str(w.message).split("'")[1] for w in seen] == ["four", "six"]
    assert "F4" in str(seen[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run("inspect", source).exit_code == 0, "what is only listed needs no arrays"


def test_a_source_that_is_not_finite_is_named(tmp_path: Path) -> None:
    source, out = tmp_path / "m.safetensors", tmp_path / "q.safetensors"
    w = weights(0, 4, 8)
    write_file(source, {"a.weight": w})
    good("quantize", source, "-o", out)
    w[2, 5] = np.nan
    write_file(source, {"a.weight": w})
    message = bad("inspect", out, "--against", source)
    assert "'a.weight'" in message and "output channel 2, input channel 5" in message

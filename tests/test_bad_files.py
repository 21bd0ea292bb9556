"""Every kind of bad input: exit code 2, a message that names it, and nothing written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import veriquant
from checkpoints import (
    bad,
    good,
    header_of,
    mixed_tensors,
    patch,
    raw_file,
    run,
    weights,
    write_file,
    write_folder,
)
from veriquant.errors import QuantizationError
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import read_header
from veriquant.tensor import QuantizedTensor


def entry(begin: int, end: int, shape: Any = None, dtype: Any = "F32") -> dict[str, Any]:
    shape = [(end - begin) // 4] if shape is None else shape
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


TWICE = b'{"a":%s,"a":%s}' % ((json.dumps(entry(0, 8)).encode(),) * 2)

#: name: (header, data, stated header length or None, what the message must say)
LYING: dict[str, tuple[Any, bytes, int | None, str]] = {
    "huge length": ({"a": entry(0, 8)}, bytes(8), 2**60, "header length above the format's limit"),
    "length beyond the file": ({"a": entry(0, 8)}, bytes(8), 10_000, "truncated: the header"),
    "not JSON": (b"{nonsense", b"", None, "header is not JSON"),
    "not text": (b"\xff\xfe{}", b"", None, "header is not JSON"),
    "a list": (b"[1, 2]", b"", None, "not a JSON object"),
    "deep": (b"[" * 100_000, b"", None, "header is not JSON"),
    "name twice": (TWICE, bytes(8), None, "tensor 'a': name given twice"),
    "overlap": ({"a": entry(0, 8), "b": entry(4, 12)}, bytes(12), None,
                "tensor 'b', byte .*overlaps that of 'a' by 4 bytes"),
    "inside": ({"a": entry(0, 12), "b": entry(4, 8)}, bytes(12), None, "tensor 'b'.*overlaps"),
    "hole": ({"a": entry(0, 8), "b": entry(12, 16)}, bytes(16), None, "tensor 'b'.*4 bytes before"),
    "out of range": ({"a": entry(0, 80)}, bytes(8), None, "tensor 'a', header: data ends at"),
    "trailing bytes": ({"a": entry(0, 8)}, bytes(9), None, "1 bytes after the last tensor"),
    "negative offset": ({"a": entry(-8, 0, [2])}, bytes(8), None, "tensor 'a', header: data_off"),
    "backwards": ({"a": entry(8, 0, [2])}, bytes(8), None, "tensor 'a', header: data_offsets"),
    "shape too large": ({"a": entry(0, 8, [3])}, bytes(8), None, r"shape \[3\] of F32 takes 12"),
    "overflowing shape": ({"a": entry(0, 8, [2**40, 2**40])}, bytes(8), None, "tensor 'a'.*takes"),
    "negative shape": ({"a": entry(0, 8, [-2])}, bytes(8), None, "tensor 'a', header: shape must"),
    "shape of floats": ({"a": entry(0, 8, [2.0])}, bytes(8), None, "tensor 'a', header: shape"),
    "boolean shape": ({"a": entry(0, 4, [True])}, bytes(4), None, "tensor 'a', header: shape"),
    "unknown dtype": ({"a": entry(0, 8, None, "Q9")}, bytes(8), None, "unknown dtype .value 'Q9'"),
    "dtype a list": ({"a": entry(0, 8, None, [])}, bytes(8), None, "unknown dtype"),
    "missing field": ({"a": {"dtype": "F32"}}, bytes(8), None, "entry must hold dtype, shape"),
    "entry a number": ({"a": 5}, bytes(8), None, "entry must hold dtype"),
    "metadata a number": ({"__metadata__": {"a": 1}}, b"", None, "__metadata__ must map"),
}  # fmt: skip


@pytest.mark.parametrize("case", LYING)
def test_lying_headers(tmp_path: Path, case: str) -> None:
    header, data, length, message = LYING[case]
    source = raw_file(tmp_path / "m.safetensors", header, data, length)
    with pytest.raises(BadInputError, match=message):
        read_header(source)
    for command in (("quantize", source), ("dequantize", source), ("inspect", source)):
        assert str(source) in bad(*command)
    assert [p.name for p in tmp_path.iterdir()] == ["m.safetensors"]


@pytest.mark.parametrize("size", [0, 5, 8, 40, -1])
def test_truncated_files(tmp_path: Path, size: int) -> None:
    source = write_file(tmp_path / "m.safetensors")
    data = source.read_bytes()
    source.write_bytes(data[: size if size >= 0 else len(data) - 1])
    assert "truncated" in bad("quantize", source)
    assert [p.name for p in tmp_path.iterdir()] == ["m.safetensors"]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_of_a_header_goes_unnoticed_or_crashes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any changed byte of length or header: BadInputError, or a file that is consistent."""
    path = tmp_path_factory.getbasetemp() / "damaged.safetensors"
    write_file(path, {"a.weight": weights(0, 2, 4), "b": np.arange(3)})
    _, start = header_of(path)
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, start - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(raw))
    try:
        header = read_header(path)
    except BadInputError as error:
        assert error.remedy
    else:
        spans = sorted((e.start, e.stop) for e in header.entries.values())
        assert spans[-1][1] == len(raw)
        assert all(a[1] == b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
def test_values_that_are_not_finite(tmp_path: Path, value: float, dtype: Any) -> None:
    w = weights(0, 6, 10, dtype)
    w[4, 7] = value
    source = write_file(tmp_path / "m.safetensors", {"a.weight": weights(1, 4, 4), "b.weight": w})
    message = bad("quantize", source, "-o", tmp_path / "q.safetensors")
    assert str(source) in message and "'b.weight'" in message
    assert "4" in message and "7" in message and str(value) in message
    assert [p.name for p in tmp_path.iterdir()] == ["m.safetensors"]
    # What is not quantized may hold anything, and is copied.
    good("quantize", source, "-o", tmp_path / "q.safetensors", "--exclude", "b.*")
    good("check", tmp_path / "q.safetensors", "--against", source)


TINY = np.float32(1e-45)
ODD_MATRICES: dict[str, Any] = {
    "zeros": np.zeros((4, 64), np.float32),
    "a large tensor of zeros": np.zeros((1024, 2048), np.float32),
    "zero channels": np.vstack([weights(0, 2, 64), np.zeros((2, 64), np.float32)]),
    "zero columns": weights(0, 4, 64) * (np.arange(64) % 4 == 0).astype(np.float32),
    "constant channels": np.full((4, 64), 0.37, np.float32),
    "negative constants": np.full((4, 64), -3.5, np.float32),
    "one-signed channels": np.abs(weights(0, 4, 64)) + np.float32(5),
    "negative channels": -np.abs(weights(0, 4, 64)),
    "denormals": weights(0, 4, 64) * np.float32(1e-41),
    "the least denormal": np.full((2, 8), TINY),
    "one denormal beside large values": np.where(np.eye(8) > 0, TINY, weights(0, 8, 8)),
    "large": weights(0, 4, 64) * np.float32(1e36),
    "odd K": weights(0, 3, 65),
    "K of 1": weights(0, 5, 1),
    "one weight": weights(0, 1, 1),
    "K above 8192": weights(0, 2, 8200),
    "bfloat16": weights(0, 4, 64, ml_dtypes.bfloat16),
    "float16 denormals": weights(0, 4, 64, np.float16, 1e-6),
    "negative zero": np.full((2, 8), -0.0, np.float32),
}


@pytest.mark.parametrize("case", ODD_MATRICES)
def test_odd_matrices_are_quantized_and_pass_the_check(tmp_path: Path, case: str) -> None:
    w = np.asarray(ODD_MATRICES[case])
    source = write_file(tmp_path / "m.safetensors", {"a.weight": w})
    for group in (0, 64):
        out = tmp_path / f"q{group}.safetensors"
        good("quantize", source, "-o", out, "--group-size", group)
        good("check", out, "--against", source)
        restored = veriquant.load(out)["a.weight"]
        assert isinstance(restored, QuantizedTensor)
        zero = w.astype(np.float32) == 0
        assert (restored.dequantize()[zero] == 0).all(), "zero is exact"


def test_values_beyond_float16_scales(tmp_path: Path) -> None:
    source = write_file(tmp_path / "m.safetensors", {"a.weight": weights(0, 4, 8) * 1e9})
    message = bad("quantize", source, "--scale-dtype", "float16")
    assert "'a.weight'" in message and "output channel" in message and "bfloat16" in message
    good("quantize", source, "-o", tmp_path / "q.safetensors")
    stated = json.loads((tmp_path / "q.safetensors.certificate.json").read_text())
    assert stated["tensors"]["a.weight"]["scale_dtype"] == "bfloat16"


def test_weights_whose_grid_leaves_float32(tmp_path: Path) -> None:
    w = np.full((2, 4), 3.4e38, np.float32)
    source = write_file(tmp_path / "m.safetensors", {"a.weight": w})
    result = run("quantize", source, "-o", tmp_path / "q.safetensors")
    if result.exit_code == 0:
        good("check", tmp_path / "q.safetensors", "--against", source)
    else:
        assert result.exit_code == 2 and "'a.weight'" in result.stderr


@pytest.mark.parametrize("order", ["fortran", "sliced", "reversed"])
def test_arrays_of_any_layout(order: str) -> None:
    w = weights(0, 6, 20)
    laid = {
        "fortran": np.asfortranarray(w),
        "sliced": np.repeat(w, 2, axis=1)[:, ::2],
        "reversed": w[::-1, ::-1].copy()[::-1, ::-1],
    }[order]
    expected, found = veriquant.quantize(w), veriquant.quantize(laid)
    assert np.array_equal(expected.packed, found.packed)
    assert found.certificate(laid)["pointwise"] == expected.certificate(w)["pointwise"]
    with pytest.raises(QuantizationError, match="must be float32, float16 or bfloat16"):
        veriquant.quantize(w.astype(">f4"))


@pytest.mark.parametrize("shape", [(6,), (2, 3, 4), ()])
def test_tensors_that_are_no_matrices_pass_through(tmp_path: Path, shape: Any) -> None:
    other = np.ones(shape, np.float32)
    source = write_file(
        tmp_path / "m.safetensors", {"a.weight": weights(0, 4, 4), "b.weight": other}
    )
    good("quantize", source, "-o", tmp_path / "q.safetensors")
    assert np.array_equal(veriquant.load(tmp_path / "q.safetensors")["b.weight"], other)
    message = bad("quantize", source, "-o", tmp_path / "r.safetensors", "--include", "b.weight")
    assert "'b.weight'" in message and str(list(shape)) in message
    with pytest.raises(QuantizationError):
        veriquant.quantize(other)


def test_empty_matrices_pass_through(tmp_path: Path) -> None:
    tensors = {"a.weight": weights(0, 4, 4), "b.weight": np.zeros((0, 4), np.float32)}
    source = write_file(tmp_path / "m.safetensors", tensors)
    good("quantize", source, "-o", tmp_path / "q.safetensors")
    good("check", tmp_path / "q.safetensors", "--against", source)


def test_nothing_to_quantize(tmp_path: Path) -> None:
    source = write_file(tmp_path / "m.safetensors", {"bias": np.ones(3)})
    assert "no tensor to quantize" in bad("quantize", source)
    assert "--include 'x*' matches no tensor" in bad("quantize", source, "--include", "x*")
    assert "--exclude 'x*' matches no tensor" in bad("quantize", source, "--exclude", "x*")


def test_input_and_output_paths(tmp_path: Path) -> None:
    source = write_file(tmp_path / "m.safetensors")
    before = source.read_bytes()
    (tmp_path / "link.safetensors").symlink_to(source)
    assert "same path" in bad("quantize", source, "-o", source)
    assert "same path" in bad("quantize", source, "-o", tmp_path / "link.safetensors")
    assert source.read_bytes() == before
    (tmp_path / "q.safetensors").write_text("precious")
    assert "exists already" in bad("quantize", source, "-o", tmp_path / "q.safetensors")
    assert (tmp_path / "q.safetensors").read_text() == "precious"
    assert "does not exist" in bad("quantize", source, "-o", tmp_path / "no" / "q.safetensors")
    assert "no such file" in bad("quantize", tmp_path / "none.safetensors")
    folder = write_folder(tmp_path / "m")
    assert "inside the input folder" in bad("quantize", folder, "-o", folder / "q")
    assert "written as a folder" in bad("quantize", folder, "-o", tmp_path / "q2.safetensors")
    assert not (folder / "q").exists()


def test_a_read_only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_file(tmp_path / "m.safetensors")

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("veriquant.files.os.mkdir", refuse)
    message = bad("quantize", source, "-o", tmp_path / "q.safetensors")
    assert "Read-only file system" in message and "writable folder" in message


def test_an_unreadable_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_file(tmp_path / "m.safetensors")
    real = Path.open

    def refuse(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self == source:
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    assert f"{source}: Permission denied" in bad("quantize", source)


def _edit_index(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "model.safetensors.index.json"
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def test_bad_indexes(tmp_path: Path) -> None:
    def case(name: str, change: Callable[[Path], None]) -> str:
        folder = write_folder(tmp_path / name)
        change(folder)
        message = bad("quantize", folder)
        assert not list(tmp_path.glob(f"*{name}.*"))
        return message

    message = case("missing", lambda f: (f / "model-00002-of-00002.safetensors").unlink())
    assert "shard 'model-00002-of-00002.safetensors' is missing" in message
    assert "tensor 'layers.0.down.weight'" in message

    def move(value: dict[str, Any]) -> None:
        value["weight_map"]["steps"] = "model-00001-of-00002.safetensors"

    message = case("moved", lambda f: _edit_index(f, move))
    assert "tensor 'steps'" in message and "does not hold it" in message
    message = case("dropped", lambda f: _edit_index(f, lambda v: v["weight_map"].pop("steps")))
    assert "tensor 'steps'" in message and "the index says None" in message
    message = case(
        "escaping", lambda f: _edit_index(f, lambda v: v["weight_map"].update(steps="../x"))
    )
    assert "must be a file name beside the index" in message
    message = case("empty", lambda f: _edit_index(f, lambda v: v.update(weight_map={})))
    assert "index has no weight_map" in message
    message = case("text", lambda f: (f / "model.safetensors.index.json").write_text("[1"))
    assert "not JSON" in message

    def twice(folder: Path) -> None:
        (folder / "model.safetensors.index.json").unlink()
        write_file(folder / "copy.safetensors")

    assert "in two files" in case("twice", twice)
    message = case("two", lambda f: (f / "b.safetensors.index.json").write_text("{}"))
    assert "several checkpoints" in message
    message = case("config", lambda f: (f / "config.json").write_text("[]"))
    assert "not a JSON object" in message
    message = case(
        "done", lambda f: (f / "config.json").write_text('{"quantization_config": {"bits": 4}}')
    )
    assert "quantized already" in message
    (tmp_path / "none").mkdir()
    assert "no .safetensors file" in bad("quantize", tmp_path / "none")


def test_linked_files_are_copied_and_linked_folders_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "m")
    (tmp_path / "blob").write_text("linked")
    (folder / "vocab.txt").symlink_to(tmp_path / "blob")
    good("quantize", folder, "-o", tmp_path / "q")
    assert (tmp_path / "q" / "vocab.txt").read_text() == "linked"
    assert not (tmp_path / "q" / "vocab.txt").is_symlink()
    (folder / "loop").symlink_to(folder)
    assert "linked folder" in bad("quantize", folder, "-o", tmp_path / "r")
    (folder / "loop").unlink()
    (folder / "weights.bin").symlink_to(tmp_path / "not downloaded")
    message = bad("quantize", folder, "-o", tmp_path / "r")
    assert "m/weights.bin: neither a file nor a link to one" in message
    (folder / "weights.bin").unlink()
    os.mkfifo(folder / "pipe")  # reading it would wait for ever
    assert "m/pipe: neither a file" in bad("quantize", folder, "-o", tmp_path / "r")


def quantized(folder: Path) -> Path:
    source = write_file(folder / "m.safetensors")
    good("quantize", source, "-o", folder / "q.safetensors", "--group-size", 8)
    return folder / "q.safetensors"


def rewrite_metadata(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    header, start = header_of(path)
    data = path.read_bytes()[start:]
    value = json.loads(header["__metadata__"]["veriquant"])
    change(value)
    header["__metadata__"]["veriquant"] = json.dumps(value)
    raw_file(path, header, data)


TARGET = "layers.0.down.weight"
LYING_METADATA: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "unknown version": (lambda v: v.update(format_version=2), "unknown format version"),
    "no version": (lambda v: v.pop("format_version"), "not readable"),
    "tensors a number": (lambda v: v.update(tensors=3), "not readable"),
    "shape": (lambda v: v["tensors"][TARGET].update(shape=[17, 79]), "'pairs' is missing or wrong"),
    "rows": (lambda v: v["tensors"][TARGET].update(shape=[18, 77]), "must be U8"),
    "group size": (lambda v: v["tensors"][TARGET].update(group_size=10), "must be U8"),
    "negative group": (lambda v: v["tensors"][TARGET].update(group_size=-1), "'group_size'"),
    "huge group": (lambda v: v["tensors"][TARGET].update(group_size=10**20), "'group_size'"),
    "dtype": (lambda v: v["tensors"][TARGET].update(scale_dtype="float16"), "must be F16"),
    "method": (lambda v: v["tensors"][TARGET].update(method="magic"), "'method'"),
    "missing field": (lambda v: v["tensors"][TARGET].pop("shape"), "'shape'"),
    "unknown tensor": (lambda v: v["tensors"].update(x=v["tensors"][TARGET]), "'x.packed'"),
    "entry a list": (lambda v: v["tensors"].update({TARGET: []}), "is missing or wrong"),
}  # fmt: skip


@pytest.mark.parametrize("case", LYING_METADATA)
def test_lying_metadata(tmp_path: Path, case: str) -> None:
    change, message = LYING_METADATA[case]
    path = quantized(tmp_path)
    rewrite_metadata(path, change)
    for command in (
        ("dequantize", path, "-o", tmp_path / "f.safetensors"), ("inspect", path),
        ("check", path, "--against", tmp_path / "m.safetensors"), ("diff", path, path),
    ):  # fmt: skip
        assert message in bad(*command), command
    with pytest.raises(BadInputError):
        veriquant.load(path)
    assert not (tmp_path / "f.safetensors").exists()


#: entry, byte, new value of the byte, what the message must say (17 x 77, 39 pairs, 5 groups)
LYING_VALUES = {
    "zero factor": ("group_scales", 13, 0, "group_scales: .*1..255.*"),
    "zero points": ("zeros", 7, 200, "zeros: a pair of zero points is below 128 .value 200"),
    "padding": ("packed", 3 * 35 + 34, 255, "channel 3, byte 34: packed: padding bits must be"),
    "negative scale": ("scales", 2 * 2 * 4 + 1, 0xBF, "channel 4, half 0: scales: .*positive"),
    "infinite scale": ("scales", 2 * 2 * 4 + 3, 0x7F, "scales"),
    "perm too large": ("perm", 2 * 5 + 1, 0xFF, "position 5: perm: must name each input channel"),
}


@pytest.mark.parametrize("case", LYING_VALUES)
def test_lying_values(tmp_path: Path, case: str) -> None:
    part, offset, value, message = LYING_VALUES[case]
    path = quantized(tmp_path)
    if case == "infinite scale":  # 0x7F80 is bfloat16's infinity
        patch(path, f"{TARGET}.scales", offset - 1, lambda byte: 0x80)
    patch(path, f"{TARGET}.{part}", offset, lambda byte: value)
    with pytest.raises(BadInputError, match=message):
        veriquant.load(path)
    assert f"'{TARGET}'" in bad("dequantize", path, "-o", tmp_path / "f.safetensors")
    assert not (tmp_path / "f.safetensors").exists()
    assert not list(tmp_path.glob(".*")), "no work folder stays"
    result = run("check", path, "--against", tmp_path / "m.safetensors")
    assert result.exit_code == 1 and TARGET in result.stdout


def test_a_channel_named_twice(tmp_path: Path) -> None:
    path = quantized(tmp_path)
    tensor = veriquant.load(path)[TARGET]
    assert isinstance(tensor, QuantizedTensor)
    patch(path, f"{TARGET}.perm", 2 * 9, lambda byte: int(tensor.perm[3]))
    with pytest.raises(BadInputError, match="position 3: perm: must name each input channel once"):
        veriquant.load(path)


def test_already_quantized_and_colliding_names(tmp_path: Path) -> None:
    path = quantized(tmp_path)
    assert "already quantized" in bad("quantize", path, "-o", tmp_path / "r.safetensors")
    tensors = mixed_tensors()
    tensors["layers.0.up.weight.zeros"] = np.zeros(3)
    source = write_file(tmp_path / "c.safetensors", tensors)
    message = bad("quantize", source)
    assert "'layers.0.up.weight'" in message and "would collide" in message


def test_wrong_hashes_and_certificates(tmp_path: Path) -> None:
    path, source = quantized(tmp_path), tmp_path / "m.safetensors"
    certificate = tmp_path / "q.safetensors.certificate.json"
    value = json.loads(certificate.read_text())
    value["tensors"][TARGET]["source_sha256"] = "0" * 64
    certificate.write_text(json.dumps(value))
    result = run("check", path, "--against", source)
    assert result.exit_code == 1 and TARGET in result.stdout and "source_sha256" in result.stdout
    value["schema"] = "veriquant-certificate-2"
    certificate.write_text(json.dumps(value))
    assert "unknown certificate schema" in bad("check", path, "--against", source)
    certificate.write_text("{")
    bad("check", path, "--against", source)
    certificate.unlink()
    bad("check", path, "--against", source)


def test_bad_options(tmp_path: Path) -> None:
    source = write_file(tmp_path / "m.safetensors")
    assert "unknown method" in bad("quantize", source, "--method", "magic")
    assert "unknown scale dtype" in bad("quantize", source, "--scale-dtype", "float8")
    assert "calibration" in bad("quantize", source, "--calibration", tmp_path / "none")
    assert "unknown dtype" in bad("dequantize", quantized(tmp_path), "--dtype", "int8")
    assert "up to 2147483647" in bad("quantize", source, "--group-size", 10**20)
    for options in (("--group-size", "-1"), ("--group-size", "x"), ("--jobs", "0"), ("--what",)):
        assert run("quantize", source, *options).exit_code == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "m.safetensors", "q.safetensors", "q.safetensors.certificate.json",
    ]  # fmt: skip

"""Small checkpoints for the tests of formats, commands and certificates."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file
from typer.testing import CliRunner

from veriquant.cli import app
from veriquant.layout import Grid
from veriquant.tensor import QuantizedTensor

RUNNER = CliRunner()


def run(*arguments: object) -> Any:
    """Run the command line in this process; the result has exit_code, stdout and stderr."""
    return RUNNER.invoke(app, [str(a) for a in arguments])


def good(*arguments: object) -> str:
    """Run the command line, expect exit code 0, return stdout."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output + repr(result.exception)
    return str(result.stdout)


def bad(*arguments: object) -> str:
    """Run the command line, expect exit code 2 with a remedy and no traceback, return stderr."""
    result = run(*arguments)
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert "Remedy: " in result.stderr, result.stderr
    assert "Traceback" not in result.output
    return str(result.stderr)


def weights(seed: int, n: int, k: int, dtype: Any = np.float32, scale: float = 1.0) -> Any:
    """Normal weights `[n, k]`."""
    return (np.random.default_rng(seed).standard_normal((n, k)) * scale).astype(dtype)


def mixed_tensors() -> dict[str, Any]:
    """Every float dtype, odd K, tiny and large scales, and tensors that pass through."""
    return {
        "layers.0.up.weight": weights(0, 24, 96),
        "layers.0.down.weight": weights(1, 17, 77, scale=0.02),
        "layers.1.up.weight": weights(2, 8, 130, np.float16),
        "layers.1.down.weight": weights(3, 8, 64, ml_dtypes.bfloat16, scale=1e4),
        "embed_tokens.weight": weights(4, 16, 8, ml_dtypes.bfloat16),
        "final_norm.weight": weights(5, 1, 8)[0],
        "lm_head.weight": weights(6, 8, 8),
        "conv.weight": weights(7, 4, 6).reshape(2, 2, 6),
        "layers.0.bias": weights(8, 1, 24, np.float64)[0],
        "steps": np.arange(5),
    }


QUANTIZED = (
    "layers.0.down.weight", "layers.0.up.weight", "layers.1.down.weight", "layers.1.up.weight",
)  # fmt: skip


def write_file(path: Path, tensors: dict[str, Any] | None = None) -> Path:
    """A safetensors file, written by the library."""
    save_file(mixed_tensors() if tensors is None else tensors, path, metadata={"format": "pt"})
    return path


def write_folder(path: Path) -> Path:
    """A model folder: two shards, an index, a configuration, a tokenizer and a subfolder."""
    path.mkdir()
    tensors = mixed_tensors()
    names = sorted(tensors)
    shards = {
        "model-00001-of-00002.safetensors": names[:4],
        "model-00002-of-00002.safetensors": names[4:],
    }
    for shard, own in shards.items():
        write_file(path / shard, {name: tensors[name] for name in own})
    index = {
        "metadata": {"total_size": sum(t.nbytes for t in tensors.values()), "extra": "kept"},
        "weight_map": {name: shard for shard, own in shards.items() for name in own},
    }
    (path / "model.safetensors.index.json").write_text(json.dumps(index))
    (path / "config.json").write_text(json.dumps({"model_type": "llama", "größe": 1.5}))
    (path / "tokenizer.json").write_bytes(b'{"a": 1}\r\n')
    (path / "extra").mkdir()
    (path / "extra" / "notes.bin").write_bytes(bytes(range(256)))
    return path


def header_of(path: Path) -> tuple[dict[str, Any], int]:
    """The header of a file, and where its data begin."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), 8 + length


def patch(path: Path, tensor: str, offset: int, change: Any) -> None:
    """Replace the byte at `offset` of a stored tensor by `change(old byte)`."""
    header, start = header_of(path)
    data = bytearray(path.read_bytes())
    begin, end = header[tensor]["data_offsets"]
    at = start + (begin if offset >= 0 else end) + offset
    data[at] = change(data[at])
    path.write_bytes(data)


def raw_file(path: Path, header: Any, data: bytes = b"", length: int | None = None) -> Path:
    """A file with any header (an object or bytes), whatever it says."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def near_tie(kind: str, swap: bool) -> tuple[Any, QuantizedTensor, int]:
    """Two weights near zero with code 1, so that `|w' - w|` is about `s`, and which is farther.

    `product`: `3 - 2 u` and `3 - 3 u` (`u = 2**-51`) round to one float64 when multiplied by 3.
    `quotient`: `s + u` and `s + 2 u` (`u = 2**-52`) do when divided by `s = 31 / 16`.
    """
    if kind == "product":
        s, pair, farther = 3.0, [2 * 2.0**-51, 3 * 2.0**-51], 0
    else:
        s, pair, farther = 31 / 16, [-(2.0**-52), -2 * 2.0**-52], 1
    w = np.array([pair[::-1] if swap else pair], np.float32)
    fitted = Grid(
        np.full((1, 2), s, np.float16), np.ones((1, 1, 2), np.uint8), np.zeros((1, 1), np.uint8),
        np.zeros((1, 1), np.uint8),
    )  # fmt: skip
    one, order = np.ones((1, 1), np.uint8), np.arange(2, dtype=np.uint32)
    tensor = QuantizedTensor.from_codes(one, one, fitted, order, (1, 2), 64, "gptq")
    distances = [s - float(x) for x in pair]
    if kind == "product":
        assert distances[0] * s == distances[1] * s and distances[0] != distances[1]
    else:
        assert distances[0] / s == distances[1] / s and distances[0] != distances[1]
    return w, tensor, 1 - farther if swap else farther

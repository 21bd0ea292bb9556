"""`import-gguf` beside the model that it must give back: scaling, small and damaged files."""

from __future__ import annotations

import dataclasses
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checkpoints import bad, good
from veriquant.model.gguf_header import check_header
from veriquant.model.llama import Llama, LlamaConfig, tensor_shapes

gguf = pytest.importorskip("gguf", reason="the gguf package (dev extra) is not installed")
pytest.importorskip("tokenizers", reason="the tokenizers package is not installed")

from veriquant.model.gguf_import import LAYER_NAMES, TOP_NAMES, GgufModel  # noqa: E402

CONFIG = LlamaConfig(1, 32, 48, 2, 1, 12, 10000.0, 1e-5, 64)
TOKENS = ["<|end|>", "Ġ", *"abcdefgh", "ab", "Ġab"]


def model_of(config: LlamaConfig) -> Llama:
    rng = np.random.default_rng(0)
    shapes = tensor_shapes(config, head=not config.tied)
    return Llama(config, {n: rng.normal(size=s).astype(np.float32) for n, s in shapes})


def write_gguf(path: Path, config: LlamaConfig = CONFIG, **change: Any) -> Path:
    """A GGUF file of `config` as converters write it; `change` sets keys, None leaves one out."""
    keys: dict[str, Any] = {
        "llama.block_count": config.layers, "llama.embedding_length": config.hidden,
        "llama.feed_forward_length": config.intermediate,
        "llama.attention.head_count": config.heads,
        "llama.attention.head_count_kv": config.kv_heads, "llama.vocab_size": config.vocab,
        "llama.rope.freq_base": config.rope_theta,
        "llama.attention.layer_norm_rms_epsilon": config.norm_eps,
        "llama.context_length": config.context, "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm", "tokenizer.ggml.tokens": TOKENS,
        "tokenizer.ggml.token_type": [3] + [1] * (len(TOKENS) - 1),
        "tokenizer.ggml.merges": ["a b", "Ġ ab"],
    }  # fmt: skip
    keys |= {name.replace("__", "."): value for name, value in change.items()}
    writer = gguf.GGUFWriter(path, "llama")
    for key, value in keys.items():
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, float):
            writer.add_float32(key, value)
        elif value is not None:
            writer.add_array(key, value)
    model = model_of(config)
    names = {f"blk.{i}.{g}.weight": f"model.layers.{i}.{h}.weight"
             for i in range(config.layers) for g, h in LAYER_NAMES.items()}  # fmt: skip
    names |= {g: h for g, h in TOP_NAMES.items() if h in model.weights}
    for there, here in names.items():
        w = model.weights[here]
        heads = {"attn_q": config.heads, "attn_k": config.kv_heads}.get(there.split(".")[-2])
        if heads:  # converters interleave the two halves of every head
            w = w.reshape(heads, 2, config.head_dim // 2, -1).swapaxes(1, 2).reshape(w.shape)
        writer.add_tensor(there, np.ascontiguousarray(w))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("tied", [True, False])
def test_small_models_come_back(tmp_path: Path, layers: int, tied: bool) -> None:
    from veriquant.model.load import load_llama

    config = dataclasses.replace(CONFIG, layers=layers, tied=tied)
    source = write_gguf(tmp_path / "m.gguf", config)
    good("import-gguf", source, "-o", tmp_path / "out")
    found, expected = load_llama(tmp_path / "out"), model_of(config)
    assert dataclasses.replace(found.config, norm_eps=1e-5) == config
    assert found.weights.keys() == expected.weights.keys()
    for name, w in expected.weights.items():
        np.testing.assert_array_equal(found.weights[name], w)


def test_the_vocabulary_follows_from_the_embedding(tmp_path: Path) -> None:
    source = write_gguf(tmp_path / "m.gguf", llama__vocab_size=None)
    good("import-gguf", source, "-o", tmp_path / "out")
    assert json.loads((tmp_path / "out" / "config.json").read_text())["vocab_size"] == 12
    other = write_gguf(tmp_path / "n.gguf", llama__vocab_size=13)
    assert "must be (13, 32)" in bad("import-gguf", other, "-o", tmp_path / "none")


YARN = {"llama.rope.scaling.type": "yarn", "llama.rope.scaling.factor": 4.0,
        "llama.rope.scaling.original_context_length": 16, "llama.rope.scaling.yarn_beta_fast": 8.0,
        "llama.rope.scaling.finetuned": True}  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, None),
        ({"llama.rope.scaling.type": "none", "llama.rope.scaling.factor": 4.0}, None),
        ({"llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 1.0}, None),
        ({"llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 4.0},
         {"rope_type": "linear", "factor": 4.0}),
        ({"llama.rope.scaling.factor": 2.0}, {"rope_type": "linear", "factor": 2.0}),
        ({"llama.rope.scale_linear": 8.0}, {"rope_type": "linear", "factor": 8.0}),
        (YARN, {"rope_type": "yarn", "factor": 4.0, "beta_fast": 8.0,
                "original_max_position_embeddings": 16}),
    ],
)  # fmt: skip
def test_rope_scaling_reaches_the_configuration(
    tmp_path: Path, keys: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    source = write_gguf(tmp_path / "m.gguf", **{k.replace(".", "__"): v for k, v in keys.items()})
    good("import-gguf", source, "-o", tmp_path / "out")
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config.get("rope_scaling") == expected


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("llama.rope.scaling.type", "longrope", "rope scaling other than linear or yarn"),
        ("llama.rope.scaling.factor", -1.0, "rope scaling other than"),
        ("llama.rope.scaling.secret", 3.0, "may change what the model computes"),
        ("llama.attention.sliding_window", 128, "may change what the model computes"),
        ("llama.rope.dimension_count", 8, "other than the width of a head, 16"),
        ("llama.attention.key_length", 8, "other than the width of a head, 16"),
        ("llama.attention.head_count", 0, "heads must be a size"),
        ("llama.attention.head_count", "two", "must be of type int"),
        ("llama.block_count", 2**31, "layers must be a size"),
        ("llama.block_count", 2, "tensor missing"),
        ("llama.embedding_length", 64, "must be (12, 64)"),
        ("llama.attention.layer_norm_rms_epsilon", float("nan"), "norm_eps must be above 0"),
        ("llama.context_length", None, "metadata key 'llama.context_length' is missing"),
        ("tokenizer.ggml.merges", ["ab"], "merges of two"),
        ("tokenizer.ggml.merges", ["a z"], "the tokenizer is damaged"),
        ("tokenizer.ggml.token_type", [1], "12 tokens, 1 types"),
        ("tokenizer.ggml.tokens", 3, "must be of type list"),
    ],
)
def test_what_cannot_be_expressed_is_refused(
    tmp_path: Path, key: str, value: Any, message: str
) -> None:
    source = write_gguf(tmp_path / "m.gguf", **{key.replace(".", "__"): value})
    assert message in bad("import-gguf", source, "-o", tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["m.gguf"]


@pytest.mark.parametrize("name", ["<|end|>", "Ġab", "smollm", "llama.block_count",
                                  "blk.0.ffn_up.weight", "general.architecture"])  # fmt: skip
def test_damaged_strings(tmp_path: Path, name: str) -> None:
    source = write_gguf(tmp_path / "m.gguf")
    data, old = source.read_bytes(), name.encode()
    assert old in data
    source.write_bytes(data.replace(old, b"\xff" * len(old), 1))
    bad("import-gguf", source, "-o", tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["m.gguf"]


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    source = write_gguf(tmp_path / "m.gguf")
    data = source.read_bytes()
    header = GgufModel(source)._reader.data_offset
    for size in [*range(0, header, 7), header + 1, len(data) - 1]:
        source.write_bytes(data[:size])
        assert "GGUF file" in bad("import-gguf", source, "-o", tmp_path / "out")


def test_counts_that_no_file_holds_are_refused_at_once(tmp_path: Path) -> None:
    """The library would loop over each of 2**60 elements, or read past the end."""
    source = write_gguf(tmp_path / "m.gguf")
    data = source.read_bytes()
    key = b"tokenizer.ggml.token_type"
    at = data.index(key) + len(key) + 8  # behind the type of the value and of its elements
    lies = {8: 2**60, 16: 2**60, at: 2**60, data.index(key) - 8: 2**63}
    for place, value in lies.items():
        lying = bytearray(data)
        struct.pack_into("<Q", lying, place, value)
        source.write_bytes(bytes(lying))
        assert "not a readable GGUF file" in bad("import-gguf", source, "-o", tmp_path / "out")
    source.write_bytes(data)
    check_header(source)
    source.write_bytes(b"")
    assert "empty" in bad("import-gguf", source, "-o", tmp_path / "out")

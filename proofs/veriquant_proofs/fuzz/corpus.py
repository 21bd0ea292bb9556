"""Small files of every kind that the product reads, each of them right before it is damaged."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from veriquant.certificate.record import certificate_path
from veriquant.convert.quantize import Settings, quantize_checkpoint
from veriquant.model.gguf_header import HeaderWalk
from veriquant.model.llama import LlamaConfig, tensor_shapes
from veriquant_proofs.fuzz.documents import Document, header, json_file, metadata

LINEAR = "layers.0.up.weight"
CONFIG = LlamaConfig(1, 8, 12, 1, 1, 16, 10000.0, 1e-5, 32)
TOKENS = ["<|end|>", "Ġ", *"abcdefghijklm", "ab"]


@dataclass(frozen=True)
class Corpus:
    """The files, what they hold, and the documents in them.

    source, packed  a model folder and its quantization, with its certificate beside it
    model           a llama model that can be run, with a tokenizer
    statistics      calibration of `source`
    gguf            a GGUF file, None without the gguf package
    spots           its numbers and texts: offset and number of bytes
    """

    root: Path
    source: Path
    packed: Path
    model: Path
    text: Path
    statistics: Path
    gguf: Path | None
    documents: tuple[Document, ...]
    spots: tuple[tuple[int, int], ...]
    pristine: dict[Path, bytes] = field(default_factory=dict)

    def restore(self, path: Path) -> None:
        """Give a file back what it held."""
        path.write_bytes(self.pristine[path])


def build(root: Path) -> Corpus:
    """Make the corpus in the empty folder `root`."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> Any:
        return rng.normal(size=shape).astype(np.float32)

    source, packed = root / "source", root / "packed"
    source.mkdir()
    shards: dict[str, dict[str, Any]] = {
        "a.safetensors": {LINEAR: normal(5, 9), "embed.weight": normal(3, 2)},
        "b.safetensors": {"layers.1.up.weight": normal(4, 8).astype(np.float16)},
    }
    for shard, tensors in shards.items():
        save_file(tensors, source / shard, metadata={"format": "pt"})
    weight_map = {name: shard for shard, tensors in shards.items() for name in tensors}
    index = {"metadata": {"total_size": 268}, "weight_map": weight_map}
    _write(source / "model.safetensors.index.json", index)
    _write(source / "config.json", {
        "model_type": "llama", "vocab_size": 3, "tie_word_embeddings": False, "num_experts": 2,
        "text_config": {"hidden_size": 9},
    })  # fmt: skip
    quantize_checkpoint(source, packed, Settings())
    statistics = root / "statistics.safetensors"
    calibrated = {"version": 1, "count": 7, "share": {}, "settings": {}}
    save_file({f"{LINEAR}.activations": normal(7, 9)}, statistics,
              metadata={"veriquant_calibration": json.dumps(calibrated)})  # fmt: skip
    model = root / "model"
    model.mkdir()
    weights = {name: normal(*shape) for name, shape in tensor_shapes(CONFIG)}
    save_file(weights, model / "model.safetensors")
    _write(model / "config.json", CONFIG.to_json())
    vocabulary = {token: i for i, token in enumerate(TOKENS)}
    _write(model / "tokenizer.json", {
        "version": "1.0", "added_tokens": [], "normalizer": None, "post_processor": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                          "use_regex": True},
        "decoder": None,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": ["a b"]},
    })  # fmt: skip
    text = root / "text.txt"
    text.write_text("abc abd " * 20, encoding="utf-8")
    gguf = _gguf(root / "model.gguf", weights)
    documents = (
        header("source header", source / "a.safetensors"),
        json_file("source index", source / "model.safetensors.index.json"),
        json_file("source config", source / "config.json"),
        header("packed header", packed / "a.safetensors"),
        metadata("packed metadata", packed / "a.safetensors", "veriquant"),
        json_file("packed index", packed / "model.safetensors.index.json"),
        json_file("packed config", packed / "config.json"),
        json_file("certificate", certificate_path(packed)),
        header("statistics header", statistics),
        metadata("statistics metadata", statistics, "veriquant_calibration"),
        json_file("model config", model / "config.json"),
        json_file("tokenizer", model / "tokenizer.json"),
    )
    spots: list[tuple[int, int]] = []
    if gguf is not None:
        _Spots(gguf, spots).run()
    corpus = Corpus(root, source, packed, model, text, statistics, gguf, documents, tuple(spots))
    corpus.pristine.update({p: p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()})
    return corpus


class _Spots(HeaderWalk):
    """Collects where the numbers and texts of a GGUF header lie."""

    def __init__(self, path: Path, found: list[tuple[int, int]]) -> None:
        super().__init__(path, path.read_bytes())
        self._found = found

    def skip(self, count: int) -> int:
        begin = super().skip(count)
        if count:
            self._found.append((begin, count))
        return begin


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")


def _gguf(path: Path, weights: dict[str, Any]) -> Path | None:
    try:
        import gguf
    except ImportError:
        return None
    from veriquant.model.gguf_import import LAYER_NAMES, TOP_NAMES

    writer = gguf.GGUFWriter(path, "llama")
    for key, number in (
        ("block_count", CONFIG.layers), ("embedding_length", CONFIG.hidden),
        ("feed_forward_length", CONFIG.intermediate), ("attention.head_count", CONFIG.heads),
        ("context_length", CONFIG.context),
    ):  # fmt: skip
        writer.add_uint32(f"llama.{key}", number)
    writer.add_float32("llama.attention.layer_norm_rms_epsilon", CONFIG.norm_eps)
    writer.add_string("llama.rope.scaling.type", "linear")
    writer.add_float32("llama.rope.scaling.factor", 2.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(TOKENS)
    writer.add_token_types([3] + [1] * (len(TOKENS) - 1))
    writer.add_token_merges(["a b"])
    names = {f"blk.0.{here}.weight": f"model.layers.0.{there}.weight"
             for here, there in LAYER_NAMES.items()}  # fmt: skip
    for here, there in {**names, **TOP_NAMES}.items():
        if there in weights:
            writer.add_tensor(here, weights[there])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def overwritten(data: bytes, at: int, count: int, value: int) -> bytes:
    """`data` with the number of `count` bytes at `at` replaced, texts filled with its last byte."""
    if count in (1, 2, 4, 8):
        new = struct.pack("<Q", value % 2**64)[:count]
    else:
        new = bytes([value % 256]) * count
    return data[:at] + new + data[at + count :]

"""Reads a llama-architecture GGUF file into a float checkpoint under Hugging Face tensor names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.model.llama import LlamaConfig

Float = npt.NDArray[np.float32]

LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""GGUF name of a block's tensor -> Hugging Face name."""

TOP_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


class UnsupportedModelError(ValueError):
    """A GGUF file that this importer does not understand; the text says what and what to do."""


def checkpoint_name(gguf_name: str) -> str:
    """Hugging Face name of a GGUF tensor; raises `UnsupportedModelError` for an unknown one."""
    if gguf_name in TOP_NAMES:
        return TOP_NAMES[gguf_name]
    parts = gguf_name.split(".")
    if len(parts) == 4 and parts[0] == "blk" and parts[2] in LAYER_NAMES and parts[3] == "weight":
        return f"model.layers.{parts[1]}.{LAYER_NAMES[parts[2]]}.weight"
    raise UnsupportedModelError(
        f"tensor {gguf_name!r} is not part of a plain llama model; "
        "only the architecture 'llama' without biases or experts can be imported"
    )


def rotary_halves(w: Float, heads: int) -> Float:
    """Undo GGUF's row order of `q` and `k` (rotary pairs side by side -> two halves per head).

    `w` float32 `[heads * d, in]`: row `2 i + j` of a head becomes row `j * d / 2 + i`.
    """
    d = w.shape[0] // heads
    return np.ascontiguousarray(
        w.reshape(heads, d // 2, 2, w.shape[1]).swapaxes(1, 2).reshape(w.shape)
    )


class GgufModel:
    """A llama-architecture GGUF file: its configuration, float weights and tokenizer."""

    def __init__(self, path: Path) -> None:
        """Open `path`; raises `UnsupportedModelError` for another architecture."""
        from gguf import GGUFReader

        self.path = path
        self._reader = GGUFReader(str(path))
        arch = self.field("general.architecture")
        if arch != "llama":
            raise UnsupportedModelError(
                f"{path}: architecture {arch!r}, this importer reads 'llama'"
            )
        heads = int(self.field("llama.attention.head_count"))
        self.config = LlamaConfig(
            layers=int(self.field("llama.block_count")),
            hidden=int(self.field("llama.embedding_length")),
            intermediate=int(self.field("llama.feed_forward_length")),
            heads=heads,
            kv_heads=int(self.field("llama.attention.head_count_kv", heads)),
            vocab=int(self.field("llama.vocab_size")),
            rope_theta=float(self.field("llama.rope.freq_base", 10000.0)),
            norm_eps=float(self.field("llama.attention.layer_norm_rms_epsilon")),
            context=int(self.field("llama.context_length")),
        )

    def field(self, key: str, default: Any = None) -> Any:
        """Value of a metadata key, `default` if it is absent."""
        found = self._reader.fields.get(key)
        if found is None:
            if default is None:
                raise UnsupportedModelError(f"{self.path}: metadata key {key!r} is missing")
            return default
        return found.contents()

    def weights(self) -> dict[str, Float]:
        """Every tensor as float32, `[out, in]`, under its Hugging Face name and row order."""
        from gguf import dequantize

        out: dict[str, Float] = {}
        for tensor in self._reader.tensors:
            name = checkpoint_name(tensor.name)
            w = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
            w = w.reshape([int(n) for n in reversed(tensor.shape)])
            if name.endswith("q_proj.weight"):
                w = rotary_halves(w, self.config.heads)
            elif name.endswith("k_proj.weight"):
                w = rotary_halves(w, self.config.kv_heads)
            out[name] = w
        return out

    def tokenizer(self) -> Any:
        """The byte-level BPE tokenizer as a `tokenizers.Tokenizer`."""
        from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

        kind = (self.field("tokenizer.ggml.model"), self.field("tokenizer.ggml.pre", "default"))
        if kind != ("gpt2", "smollm"):
            raise UnsupportedModelError(
                f"{self.path}: tokenizer {kind}, this importer builds ('gpt2', 'smollm') only"
            )
        tokens: list[str] = self.field("tokenizer.ggml.tokens")
        merges = [tuple(m.split(" ", 1)) for m in self.field("tokenizer.ggml.merges")]
        tok = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
        tok.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False),
            ]
        )
        tok.decoder = decoders.ByteLevel()
        control = 3  # gguf TokenType.CONTROL
        types = self.field("tokenizer.ggml.token_type")
        special = [t for t, kind in zip(tokens, types, strict=True) if kind == control]
        tok.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in special])
        return tok

    def export(self, folder: Path) -> Path:
        """Write a float32 checkpoint: `model.safetensors`, `config.json`, `tokenizer.json`."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.weights(), folder / "model.safetensors", metadata={"format": "pt"})
        text = json.dumps(self.config.to_json(), indent=2) + "\n"
        (folder / "config.json").write_text(text, encoding="utf-8")
        self.tokenizer().save(str(folder / "tokenizer.json"))
        return folder

"""Reads a llama-architecture GGUF file into a float checkpoint under Hugging Face tensor names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant import files
from veriquant.formats.entries import raw_bytes
from veriquant.formats.errors import BadInputError
from veriquant.formats.work import WorkFolder, check_output
from veriquant.formats.writer import SafetensorsWriter, Spec
from veriquant.model.llama import LlamaConfig

Float = npt.NDArray[np.float32]

#: The metadata of the file of weights, as model repositories have it.
METADATA = {"format": "pt"}

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


def checkpoint_name(gguf_name: str) -> str:
    """Hugging Face name of a GGUF tensor; raises BadInputError for an unknown one."""
    if gguf_name in TOP_NAMES:
        return TOP_NAMES[gguf_name]
    parts = gguf_name.split(".")
    if len(parts) == 4 and parts[0] == "blk" and parts[2] in LAYER_NAMES and parts[3] == "weight":
        return f"model.layers.{parts[1]}.{LAYER_NAMES[parts[2]]}.weight"
    raise BadInputError(
        "not part of a plain llama model", tensor=gguf_name,
        remedy="import a model of the architecture 'llama' without biases or experts",
    )  # fmt: skip


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
        """Open `path`; raises BadInputError for a damaged file or another architecture, OSError."""
        try:
            from gguf import GGUFReader
        except ImportError as error:
            raise BadInputError(
                "the gguf library is not installed", file=path, remedy="pip install gguf"
            ) from error
        self.path = path
        try:
            self._reader = GGUFReader(str(path))
        except (ValueError, IndexError, KeyError, OverflowError) as error:
            raise BadInputError(
                f"not a readable GGUF file: {error}", file=path, remedy="download it again"
            ) from error
        arch = self.field("general.architecture")
        if arch != "llama":
            raise BadInputError(
                "this importer reads the architecture 'llama' only", file=path, value=repr(arch),
                remedy="convert the model to safetensors with another program",
            )  # fmt: skip
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
                raise BadInputError(
                    f"metadata key {key!r} is missing", file=self.path, remedy="download it again"
                )
            return default
        return found.contents()

    def weights(self) -> dict[str, Float]:
        """Every tensor as float32, `[out, in]`, under its Hugging Face name and row order."""
        return {checkpoint_name(t.name): self._weight(t) for t in self._reader.tensors}

    def _weight(self, tensor: Any) -> Float:
        from gguf import dequantize

        name = checkpoint_name(tensor.name)
        w = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        w = w.reshape([int(n) for n in reversed(tensor.shape)])
        if name.endswith("q_proj.weight"):
            return rotary_halves(w, self.config.heads)
        if name.endswith("k_proj.weight"):
            return rotary_halves(w, self.config.kv_heads)
        return w

    def tokenizer(self) -> Any:
        """The byte-level BPE tokenizer as a `tokenizers.Tokenizer`."""
        from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

        kind = (self.field("tokenizer.ggml.model"), self.field("tokenizer.ggml.pre", "default"))
        if kind != ("gpt2", "smollm"):
            raise BadInputError(
                "this importer builds the tokenizer ('gpt2', 'smollm') only", file=self.path,
                value=kind, remedy="take tokenizer.json from the model's own repository",
            )  # fmt: skip
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

    def export(
        self,
        folder: Path,
        force: bool = False,
        dry_run: bool = False,
        on_tensor: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Write a float32 checkpoint: `model.safetensors`, `config.json`, `tokenizer.json`.

        It appears whole or not at all; with `force` it replaces one that is there, with `dry_run`
        everything is checked and nothing written. Raises BadInputError (`folder` exists) and
        StorageError.
        """
        check_output(self.path, folder, force)
        specs: dict[str, Spec] = {
            checkpoint_name(t.name): ("F32", tuple(int(n) for n in reversed(t.shape)))
            for t in self._reader.tensors
        }
        texts = {
            "config.json": json.dumps(self.config.to_json(), indent=2) + "\n",
            "tokenizer.json": self.tokenizer().to_str(pretty=True),
        }
        if dry_run:
            for name, (_, shape) in specs.items():
                on_tensor(f"{name}: {list(shape)}")
            return
        size = SafetensorsWriter(folder, specs, len(json.dumps(METADATA))).size
        stat = self.path.stat()
        identity = [str(self.path.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        with WorkFolder(folder, {"source": identity}, force) as work:
            sizes = {name: len(text.encode()) for name, text in texts.items()}
            work.check_space({**sizes, "model.safetensors": size})
            work.make("model.safetensors", lambda path: self._write_weights(path, specs, on_tensor))
            for name, text in texts.items():
                work.make(name, lambda path, text=text: files.put(path, text.encode()))  # type: ignore[misc]
            work.publish(None)

    def _write_weights(
        self, path: Path, specs: Mapping[str, Spec], on_tensor: Callable[[str], None]
    ) -> None:
        with SafetensorsWriter(path, specs, len(json.dumps(METADATA))) as writer:
            for tensor in self._reader.tensors:
                w = np.ascontiguousarray(self._weight(tensor), dtype="<f4")
                writer.write(checkpoint_name(tensor.name), raw_bytes(w))
                on_tensor(f"{checkpoint_name(tensor.name)}: from {tensor.tensor_type.name}")
            writer.finish(METADATA)

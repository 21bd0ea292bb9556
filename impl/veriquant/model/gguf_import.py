"""Reads a llama-architecture GGUF file into a float checkpoint under Hugging Face tensor names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant import files
from veriquant.formats.errors import BadInputError
from veriquant.formats.work import WorkFolder, check_output
from veriquant.formats.writer import SafetensorsWriter, Spec
from veriquant.layout import raw_bytes
from veriquant.model.gguf_config import read_config
from veriquant.model.gguf_header import REMEDY, check_header
from veriquant.model.llama import tensor_shapes
from veriquant.narrowing import as_float32
from veriquant.text import brief

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
        check_header(path)
        try:
            self._reader = GGUFReader(str(path))
        except (ValueError, IndexError, KeyError, OverflowError) as error:
            raise BadInputError(
                f"not a readable GGUF file: {error}", file=path, remedy=REMEDY
            ) from error
        arch = self.field("general.architecture", str)
        if arch != "llama":
            raise BadInputError(
                "this importer reads the architecture 'llama' only", file=path, value=brief(arch),
                remedy="convert the model to safetensors with another program",
            )  # fmt: skip
        self.config = read_config(self)
        self.shapes = self._shapes()

    @property
    def names(self) -> list[str]:
        """Every metadata key."""
        return list(self._reader.fields)

    def shape(self, name: str) -> tuple[int, ...] | None:
        """`[out, in]` of the GGUF tensor `name`, None if there is none."""
        found = (t.shape for t in self._reader.tensors if t.name == name)
        return next((tuple(int(n) for n in reversed(shape)) for shape in found), None)

    def field(self, key: str, kind: type, default: Any = None) -> Any:
        """Value of a metadata key, `default` if it is absent.

        `kind` is int, float (takes integers), str, list, or object for any. Raises BadInputError
        for a key that is missing without a default, and for a value of another kind.
        """
        found = self._reader.fields.get(key)
        if found is None:
            if default is None:
                raise BadInputError(
                    f"metadata key {key!r} is missing", file=self.path, remedy=REMEDY
                )
            return default
        try:
            value = found.contents()
        except (ValueError, IndexError) as error:
            raise BadInputError(
                f"metadata key {key!r} is damaged: {error}", file=self.path, remedy=REMEDY
            ) from error
        value = float(value) if kind is float and type(value) is int else value
        if kind is not object and type(value) is not kind:
            raise BadInputError(
                f"metadata key {key!r} must be of type {kind.__name__}", file=self.path,
                value=brief(value), remedy=REMEDY,
            )  # fmt: skip
        return value

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every tensor under its Hugging Face name, as the configuration has it."""
        shapes: dict[str, tuple[int, ...]] = {}
        for tensor in self._reader.tensors:
            shapes[checkpoint_name(tensor.name)] = tuple(int(n) for n in reversed(tensor.shape))
        wanted = dict(tensor_shapes(self.config, head=not self.config.tied))
        for name in [*wanted, *shapes]:
            if shapes.get(name) != wanted.get(name):
                raise BadInputError(
                    "tensor missing, or not of the shape that the metadata give", file=self.path,
                    tensor=name, value=f"{shapes.get(name)}, must be {wanted.get(name)}",
                    remedy=REMEDY,
                )  # fmt: skip
        return shapes

    def weights(self) -> dict[str, Float]:
        """Every tensor as float32, `[out, in]`, under its Hugging Face name and row order."""
        return {checkpoint_name(t.name): self._weight(t) for t in self._reader.tensors}

    def _weight(self, tensor: Any) -> Float:
        from gguf import dequantize

        name = checkpoint_name(tensor.name)
        try:
            raw = np.asarray(dequantize(tensor.data, tensor.tensor_type))
            raw = raw.reshape(self.shapes[name])
        except (ValueError, NotImplementedError) as error:
            raise BadInputError(
                f"its values cannot be read: {error}", file=self.path, tensor=name,
                value=tensor.tensor_type.name, remedy="import a file of another quantization type",
            ) from error  # fmt: skip
        w = as_float32(raw, name)
        if name.endswith("q_proj.weight"):
            return rotary_halves(w, self.config.heads)
        if name.endswith("k_proj.weight"):
            return rotary_halves(w, self.config.kv_heads)
        return w

    def tokenizer(self) -> Any:
        """The byte-level BPE tokenizer as a `tokenizers.Tokenizer`."""
        try:
            from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
        except ImportError as error:
            raise BadInputError(
                "the tokenizers library is not installed", file=self.path,
                remedy="pip install tokenizers",
            ) from error  # fmt: skip

        kind = (
            self.field("tokenizer.ggml.model", str),
            self.field("tokenizer.ggml.pre", str, "default"),
        )
        if kind != ("gpt2", "smollm"):
            raise BadInputError(
                "this importer builds the tokenizer ('gpt2', 'smollm') only", file=self.path,
                value=brief(kind), remedy="take tokenizer.json from the model's own repository",
            )  # fmt: skip
        tokens: list[str] = self.field("tokenizer.ggml.tokens", list)
        types = self.field("tokenizer.ggml.token_type", list)
        merges = self.field("tokenizer.ggml.merges", list)
        if (
            not all(isinstance(t, str) for t in [*tokens, *merges])
            or not all(" " in m for m in merges)
            or len(types) != len(tokens)
            or len(tokens) > self.config.vocab
        ):
            raise BadInputError(
                f"the tokenizer must have up to {self.config.vocab} texts with their types, and "
                "merges of two",
                file=self.path, value=f"{len(tokens)} tokens, {len(types)} types", remedy=REMEDY,
            )  # fmt: skip
        pairs = [tuple(m.split(" ", 1)) for m in merges]
        try:
            tok = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=pairs))
        except Exception as error:  # the library raises no narrower class
            raise BadInputError(
                f"the tokenizer is damaged: {error}", file=self.path, remedy=REMEDY
            ) from error
        tok.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False),
            ]
        )
        tok.decoder = decoders.ByteLevel()
        control = 3  # gguf TokenType.CONTROL
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
        specs: dict[str, Spec] = {name: ("F32", shape) for name, shape in self.shapes.items()}
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

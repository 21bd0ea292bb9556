"""The `llama.*` metadata of a GGUF file as a configuration: nothing that matters is dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from veriquant.formats.errors import BadInputError
from veriquant.model.gguf_header import REMEDY
from veriquant.model.llama import LlamaConfig
from veriquant.text import brief

#: Keys of `llama.` that `read_config` reads or compares.
READ = frozenset({
    "attention.head_count", "attention.head_count_kv", "attention.key_length",
    "attention.value_length", "attention.layer_norm_rms_epsilon", "block_count", "context_length",
    "embedding_length", "feed_forward_length", "rope.dimension_count", "rope.freq_base",
    "rope.scale_linear", "vocab_size", "rope.scaling.type", "rope.scaling.factor",
    "rope.scaling.original_context_length", "rope.scaling.attn_factor",
    "rope.scaling.yarn_attn_factor", "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow",
})  # fmt: skip
#: Keys that do not change what the model computes.
SILENT = frozenset({"rope.scaling.finetuned"})
#: GGUF key of YaRN's parameters under `llama.rope.scaling.`, and the name in config.json.
YARN = {
    "original_context_length": "original_max_position_embeddings",
    "attn_factor": "attention_factor",
    "yarn_attn_factor": "attention_factor",
    "yarn_beta_fast": "beta_fast",
    "yarn_beta_slow": "beta_slow",
}
OTHER_PROGRAM = "convert the model to safetensors with another program"


class Source(Protocol):
    """What is read of a GGUF file (`GgufModel`)."""

    path: Path

    @property
    def names(self) -> list[str]: ...
    def field(self, key: str, kind: type, default: Any = None) -> Any: ...
    def shape(self, name: str) -> tuple[int, ...] | None: ...


def read_config(source: Source) -> LlamaConfig:
    """Sizes and constants of a llama model; raises BadInputError for a key it cannot express."""
    for key in source.names:
        name = key.removeprefix("llama.")
        if name != key and name not in READ | SILENT and source.field(key, object):
            raise BadInputError(
                f"metadata key {key!r} may change what the model computes, and is not known here",
                file=source.path, remedy=OTHER_PROGRAM,
            )  # fmt: skip
    embedding = source.shape("token_embd.weight")
    if embedding is None or len(embedding) != 2:
        raise BadInputError(
            "the embedding is missing or no matrix", file=source.path, tensor="token_embd.weight",
            remedy=REMEDY,
        )  # fmt: skip
    heads = source.field("llama.attention.head_count", int)
    config = LlamaConfig(
        layers=source.field("llama.block_count", int),
        hidden=source.field("llama.embedding_length", int),
        intermediate=source.field("llama.feed_forward_length", int),
        heads=heads,
        kv_heads=source.field("llama.attention.head_count_kv", int, heads),
        # Many converters leave it out: the embedding has a row for every token.
        vocab=source.field("llama.vocab_size", int, embedding[0]),
        rope_theta=source.field("llama.rope.freq_base", float, 10000.0),
        norm_eps=source.field("llama.attention.layer_norm_rms_epsilon", float),
        context=source.field("llama.context_length", int),
        rope_scaling=rope_scaling(source),
        tied=source.shape("output.weight") is None,
    )
    try:
        config.check()
    except ValueError as error:
        raise BadInputError(str(error), file=source.path, remedy=REMEDY) from error
    for name in ("rope.dimension_count", "attention.key_length", "attention.value_length"):
        width = source.field(f"llama.{name}", int, config.head_dim)
        if width != config.head_dim:
            raise BadInputError(
                f"metadata key 'llama.{name}' other than the width of a head, {config.head_dim}",
                file=source.path, value=width, remedy=OTHER_PROGRAM,
            )  # fmt: skip
    return config


def rope_scaling(source: Source) -> dict[str, Any] | None:
    """`rope_scaling` of config.json, None where positions are not scaled."""
    prefix = "llama.rope.scaling."
    kind = source.field(f"{prefix}type", str, "")
    factor = source.field(f"{prefix}factor", float, 0.0)
    old = source.field("llama.rope.scale_linear", float, 0.0)  # before there were types
    if not kind and (factor or old):
        kind, factor = "linear", factor or old
    if kind in ("", "none") or (kind == "linear" and factor in (0.0, 1.0)):
        return None
    if kind not in ("linear", "yarn") or not 0 < factor < 1e6:
        raise BadInputError(
            "rope scaling other than linear or yarn with a positive factor", file=source.path,
            value=brief((kind, factor)), remedy=OTHER_PROGRAM,
        )  # fmt: skip
    found: dict[str, Any] = {"rope_type": kind, "factor": factor}
    for key, name in YARN.items() if kind == "yarn" else ():
        if prefix + key in source.names:
            whole = key == "original_context_length"
            found[name] = source.field(prefix + key, int if whole else float)
    return found

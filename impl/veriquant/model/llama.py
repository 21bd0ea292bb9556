"""A llama decoder's forward pass in NumPy (float32, BLAS), with a hook before every Linear."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.text import brief

Float = npt.NDArray[np.float32]
Observer = Callable[[str, Float], None]
"""Called with a Linear's name and its input `[T, K]` just before it is applied."""

ATTENTION_IN = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
ATTENTION_OUT = ("self_attn.o_proj",)
MLP_IN = ("mlp.gate_proj", "mlp.up_proj")
MLP_OUT = ("mlp.down_proj",)
STAGES = (ATTENTION_IN, ATTENTION_OUT, MLP_IN, MLP_OUT)
"""A block's Linears in the order they run; those of one stage read the same input."""


@dataclass(frozen=True, slots=True)
class LlamaConfig:
    """Sizes and constants of a llama model."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    vocab: int
    rope_theta: float
    norm_eps: float
    context: int
    #: As in config.json; None where positions are not scaled. The forward pass knows only None.
    rope_scaling: Mapping[str, Any] | None = None
    #: Whether the embedding is the output head, too.
    tied: bool = True

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.hidden // self.heads

    def to_json(self) -> dict[str, Any]:
        """The configuration in Hugging Face `config.json` terms."""
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "num_hidden_layers": self.layers,
            "hidden_size": self.hidden,
            "intermediate_size": self.intermediate,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "vocab_size": self.vocab,
            "rope_theta": self.rope_theta,
            "rms_norm_eps": self.norm_eps,
            "max_position_embeddings": self.context,
            "hidden_act": "silu",
            "tie_word_embeddings": self.tied,
            "torch_dtype": "float32",
            **({} if self.rope_scaling is None else {"rope_scaling": dict(self.rope_scaling)}),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> LlamaConfig:
        """The inverse of `to_json`; raises ValueError for an entry that is missing or no number."""

        def number(key: str, kinds: tuple[type, ...], default: Any = None) -> Any:
            value = data.get(key)
            value = default if value is None else value
            if type(value) not in kinds:
                raise ValueError(f"{key} must be a number: {brief(value)}")
            return value

        heads = number("num_attention_heads", (int,))
        return LlamaConfig(
            layers=number("num_hidden_layers", (int,)),
            hidden=number("hidden_size", (int,)),
            intermediate=number("intermediate_size", (int,)),
            heads=heads,
            kv_heads=number("num_key_value_heads", (int,), heads),
            vocab=number("vocab_size", (int,)),
            rope_theta=number("rope_theta", (int, float), 10000.0),
            norm_eps=number("rms_norm_eps", (int, float)),
            context=number("max_position_embeddings", (int,)),
            rope_scaling=data.get("rope_scaling") or None,
            tied=data.get("tie_word_embeddings") is not False,
        )

    def check(self) -> None:
        """Raise ValueError for sizes and constants that no model has."""
        for name in ("layers", "hidden", "intermediate", "heads", "kv_heads", "vocab", "context"):
            if not 0 < getattr(self, name) < 1 << 31:
                raise ValueError(f"{name} must be a size: {brief(getattr(self, name))}")
        for name in ("rope_theta", "norm_eps"):
            if not 0 < getattr(self, name) < 1e30:  # not NaN either
                raise ValueError(f"{name} must be above 0: {brief(getattr(self, name))}")
        if self.hidden % (2 * self.heads) or self.heads % self.kv_heads:
            raise ValueError(
                f"{self.heads} heads ({self.kv_heads} of keys) do not divide a width of "
                f"{self.hidden} into pairs"
            )


def linear_names(config: LlamaConfig) -> list[str]:
    """Every Linear of the blocks in running order (7 per block), with `.weight`."""
    return [
        f"model.layers.{i}.{name}.weight"
        for i in range(config.layers)
        for stage in STAGES
        for name in stage
    ]


def tensor_shapes(
    config: LlamaConfig, *, head: bool = False
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every tensor of the model; of the output head only where asked for."""
    hidden, inner, narrow = config.hidden, config.intermediate, config.kv_heads * config.head_dim
    shapes = {
        "self_attn.q_proj": (hidden, hidden), "self_attn.k_proj": (narrow, hidden),
        "self_attn.v_proj": (narrow, hidden), "self_attn.o_proj": (hidden, hidden),
        "mlp.gate_proj": (inner, hidden), "mlp.up_proj": (inner, hidden),
        "mlp.down_proj": (hidden, inner), "input_layernorm": (hidden,),
        "post_attention_layernorm": (hidden,),
    }  # fmt: skip
    yield "model.embed_tokens.weight", (config.vocab, hidden)
    yield "model.norm.weight", (hidden,)
    if head:
        yield "lm_head.weight", (config.vocab, hidden)
    for layer in range(config.layers):
        for name, shape in shapes.items():
            yield f"model.layers.{layer}.{name}.weight", shape


def rms_norm(x: Float, gain: Float, eps: float) -> Float:
    """`x / sqrt(mean(x^2) + eps) * gain` over the last axis."""
    mean_square = np.einsum("ij,ij->i", x, x)[:, None] / np.float32(x.shape[1])
    scaled: Float = x / np.sqrt(mean_square + np.float32(eps)) * gain
    return scaled


def rotary_tables(length: int, dim: int, theta: float) -> tuple[Float, Float]:
    """Cosine and sine tables `[length, dim / 2]` of rotary positions `0..length - 1`."""
    rate = 1.0 / theta ** (np.arange(0, dim, 2, dtype=np.float64) / dim)
    angle = np.outer(np.arange(length, dtype=np.float64), rate)
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def rotate(x: Float, cos: Float, sin: Float) -> Float:
    """Rotate `[heads, T, d]` by position: component `i` with component `i + d / 2`."""
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)


def softmax_rows(x: Float) -> Float:
    """Softmax over the last axis, in place."""
    x -= x.max(axis=-1, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(axis=-1, keepdims=True)
    return x


def attention(q: Float, k: Float, v: Float, config: LlamaConfig) -> Float:
    """Causal grouped-query attention: `q` `[T, heads * d]`, `k`, `v` `[T, kv_heads * d]`."""
    t, d = q.shape[0], config.head_dim
    cos, sin = rotary_tables(t, d, config.rope_theta)
    qh = rotate(q.reshape(t, config.heads, d).swapaxes(0, 1), cos, sin)
    kh = rotate(k.reshape(t, config.kv_heads, d).swapaxes(0, 1), cos, sin)
    vh = v.reshape(t, config.kv_heads, d).swapaxes(0, 1)
    share = config.heads // config.kv_heads
    future = np.triu(np.full((t, t), -np.inf, dtype=np.float32), 1)
    out = np.empty((t, config.heads * d), dtype=np.float32)
    for h in range(config.heads):
        score = qh[h] @ kh[h // share].T
        score *= np.float32(1.0 / np.sqrt(d))
        score += future
        out[:, h * d : (h + 1) * d] = softmax_rows(score) @ vh[h // share]
    return out


def silu(x: Float) -> Float:
    """`x * sigmoid(x)`; the exponent is clamped where float32 would overflow (x < -88)."""
    below: Float = np.exp(-np.maximum(x, np.float32(-88))).astype(np.float32, copy=False)
    return x / (np.float32(1) + below)


class Llama:
    """A llama decoder over float32 weights under Hugging Face names.

    `weights` is read at every call, so replacing an entry replaces the Linear.
    """

    def __init__(self, config: LlamaConfig, weights: dict[str, Float]) -> None:
        self.config = config
        self.weights = weights

    def embed(self, tokens: npt.NDArray[np.int64]) -> Float:
        """Input of the first block, `[T, hidden]`; raises QuantizationError for a foreign token."""
        vocab = len(self.weights["model.embed_tokens.weight"])
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < vocab:
            raise QuantizationError(
                f"token ids must be below the model's vocabulary of {vocab}",
                value=int(tokens.max()), remedy="use the model's own tokenizer",
            )  # fmt: skip
        return self.weights["model.embed_tokens.weight"][tokens].astype(np.float32)

    def stage_inputs(self, layer: int, x: Float) -> Iterator[tuple[tuple[str, ...], Float]]:
        """Run block `layer` on `x` `[T, hidden]` **in place**, yielding before each stage.

        Yields `(full names of the stage's Linears, their common input [T, K])`. The weights are
        read after the yield, so a caller may replace them in between: that is how a later Linear
        is calibrated on the outputs of earlier, already quantized ones.
        """
        w, cfg, base = self.weights, self.config, f"model.layers.{layer}"

        def full(stage: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(f"{base}.{name}.weight" for name in stage)

        h = rms_norm(x, w[f"{base}.input_layernorm.weight"], cfg.norm_eps)
        names = full(ATTENTION_IN)
        yield names, h
        q, k, v = (h @ w[n].T for n in names)
        h = attention(q, k, v, cfg)
        names = full(ATTENTION_OUT)
        yield names, h
        x += h @ w[names[0]].T
        h = rms_norm(x, w[f"{base}.post_attention_layernorm.weight"], cfg.norm_eps)
        names = full(MLP_IN)
        yield names, h
        h = silu(h @ w[names[0]].T) * (h @ w[names[1]].T)
        names = full(MLP_OUT)
        yield names, h
        x += h @ w[names[0]].T

    def hidden(self, tokens: npt.NDArray[np.int64], observer: Observer | None = None) -> Float:
        """Output of the last block after the final norm, `[T, hidden]`."""
        x = self.embed(tokens)
        for layer in range(self.config.layers):
            for names, h in self.stage_inputs(layer, x):
                if observer is not None:
                    for name in names:
                        observer(name, h)
        return rms_norm(x, self.weights["model.norm.weight"], self.config.norm_eps)

    def logits(self, tokens: npt.NDArray[np.int64], observer: Observer | None = None) -> Float:
        """Next-token logits `[T, vocab]` of one window of token ids `[T]`."""
        head = self.weights.get("lm_head.weight", self.weights["model.embed_tokens.weight"])
        return self.hidden(tokens, observer) @ head.T

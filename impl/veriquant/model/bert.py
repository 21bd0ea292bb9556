"""A BERT encoder's forward pass in NumPy (float32, BLAS), with a hook before every Linear."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.model.llama import Observer, softmax_rows

Float = npt.NDArray[np.float32]

LINEARS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
"""A block's Linears in running order; the first three read the same input."""


@dataclass(frozen=True, slots=True)
class BertConfig:
    """Sizes and constants of a BERT encoder."""

    layers: int
    heads: int
    norm_eps: float

    @staticmethod
    def load(path: Path) -> BertConfig:
        """From a Hugging Face `config.json`; raises ValueError for another activation."""
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if data["hidden_act"] != "gelu":
            raise ValueError(f"{path}: hidden_act {data['hidden_act']!r}, only 'gelu' is supported")
        return BertConfig(
            int(data["num_hidden_layers"]),
            int(data["num_attention_heads"]),
            float(data["layer_norm_eps"]),
        )


def linear_names(config: BertConfig) -> list[str]:
    """Every Linear of the blocks in running order, with `.weight`."""
    return [f"encoder.layer.{i}.{n}.weight" for i in range(config.layers) for n in LINEARS]


def layer_norm(x: Float, gain: Float, bias: Float, eps: float) -> Float:
    """`(x - mean) / sqrt(variance + eps) * gain + bias` over the last axis."""
    centred = x - x.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", centred, centred)[:, None] / np.float32(x.shape[1])
    out: Float = centred / np.sqrt(variance + np.float32(eps)) * gain + bias
    return out


ERF_RATE = 0.3275911
ERF_COEFFICIENTS = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
"""Abramowitz and Stegun 7.1.26: `erf` within 1.5e-7, about one unit in float32's last place."""


def erf(x: Float) -> Float:
    """The error function, absolute error below 3e-7 in float32."""
    size = np.abs(x)
    t = np.float32(1) / (np.float32(1) + np.float32(ERF_RATE) * size)
    series = np.zeros_like(x)
    for c in reversed(ERF_COEFFICIENTS):
        series = (series + np.float32(c)) * t
    below: Float = np.copysign(np.float32(1) - series * np.exp(-size * size), x)
    return below


def gelu(x: Float) -> Float:
    """`x * Phi(x)`, `Phi` the normal distribution function."""
    return np.float32(0.5) * x * (np.float32(1) + erf(x * np.float32(math.sqrt(0.5))))


class Bert:
    """A BERT encoder over float32 weights under Hugging Face names (read at every call)."""

    def __init__(self, config: BertConfig, weights: dict[str, Float]) -> None:
        self.config = config
        self.weights = weights

    def hidden(self, tokens: npt.NDArray[np.int64], observer: Observer | None = None) -> Float:
        """Output of the last block for one sequence of token ids `[T]` (one segment), `[T, D]`."""
        w, cfg = self.weights, self.config

        def linear(name: str, x: Float) -> Float:
            if observer is not None:
                observer(f"{name}.weight", x)
            y: Float = x @ w[f"{name}.weight"].T + w[f"{name}.bias"]
            return y

        def norm(name: str, x: Float) -> Float:
            return layer_norm(x, w[f"{name}.weight"], w[f"{name}.bias"], cfg.norm_eps)

        x = w["embeddings.word_embeddings.weight"][tokens]
        x = x + w["embeddings.position_embeddings.weight"][: len(tokens)]
        x = norm("embeddings.LayerNorm", x + w["embeddings.token_type_embeddings.weight"][0])
        for i in range(cfg.layers):
            base = f"encoder.layer.{i}"
            q, k, v = (linear(f"{base}.attention.self.{n}", x) for n in ("query", "key", "value"))
            d = q.shape[1] // cfg.heads
            mixed = np.empty_like(q)
            for h in range(cfg.heads):
                part = slice(h * d, (h + 1) * d)
                score = q[:, part] @ k[:, part].T * np.float32(d**-0.5)
                mixed[:, part] = softmax_rows(score) @ v[:, part]
            x = norm(
                f"{base}.attention.output.LayerNorm",
                x + linear(f"{base}.attention.output.dense", mixed),
            )
            inner = gelu(linear(f"{base}.intermediate.dense", x))
            x = norm(f"{base}.output.LayerNorm", x + linear(f"{base}.output.dense", inner))
        return x

    def embed(self, tokens: npt.NDArray[np.int64]) -> Float:
        """Sentence vector: mean over tokens, scaled to length 1, `[D]`."""
        mean = self.hidden(tokens).mean(axis=0)
        out: Float = mean / np.linalg.norm(mean)
        return out

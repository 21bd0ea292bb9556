"""Perplexity of a decoder over fixed windows, with its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from veriquant.model.llama import Llama


@dataclass(frozen=True, slots=True)
class Perplexity:
    """`exp(mean NLL)` and its standard error by the delta method, `ppl * std(NLL) / sqrt(n)`.

    The error treats tokens as independent; `nll` float64 `[n]` keeps each token's negative log
    likelihood (nats), so that two models on the same text can be compared pairwise.
    """

    nll: npt.NDArray[np.float64]

    @property
    def mean_nll(self) -> float:
        """Mean negative log likelihood per token, in nats."""
        return float(self.nll.mean())

    @property
    def value(self) -> float:
        """The perplexity."""
        return float(np.exp(self.nll.mean()))

    @property
    def standard_error(self) -> float:
        """Standard error of `value`."""
        return self.value * float(self.nll.std(ddof=1)) / float(np.sqrt(self.nll.size))

    def delta(self, base: Perplexity) -> tuple[float, float]:
        """Mean NLL minus `base`'s on the same tokens, and the paired standard error (nats)."""
        if base.nll.shape != self.nll.shape:
            raise ValueError(f"{self.nll.size} tokens against {base.nll.size}: not the same text")
        d = self.nll - base.nll
        return float(d.mean()), float(d.std(ddof=1) / np.sqrt(d.size))


def perplexity(model: Llama, windows: npt.NDArray[np.int64]) -> Perplexity:
    """Perplexity over `windows` `[W, T]`: each window alone, tokens `1..T-1` predicted."""
    parts = []
    for tokens in windows:
        logits = model.logits(tokens)[:-1].astype(np.float64)
        top = logits.max(axis=1)
        norm = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
        parts.append(norm - logits[np.arange(len(tokens) - 1), tokens[1:]])
    return Perplexity(np.concatenate(parts))

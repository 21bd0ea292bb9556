"""Other quantizers, each behind `w float32 [N, K] -> (w' float32 [N, K], stored bits)`.

Only round trips on the CPU are used. Bits are those of the arrays the format stores; where a
library keeps scales in float32 while computing but stores 16 bits, 16 are counted, in its favour.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import numpy.typing as npt

from veriquant_proofs.bench import ggml

Float = npt.NDArray[np.float32]
RoundTrip = Callable[[Float], tuple[Float, int]]

GROUP = 64
"""Weights per group of the peers whose group size can be chosen."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A quantizer of another project; `modules` must be importable."""

    name: str
    package: str
    licence: str
    modules: tuple[str, ...]
    run: RoundTrip
    slow: bool = False  # too slow for every matrix of a language model

    @property
    def label(self) -> str:
        """Name with the version of the package."""
        return f"{self.name} ({self.package} {version(self.package)})"

    def installed(self) -> bool:
        """Whether it can run here."""
        try:
            return all(importlib.util.find_spec(m) is not None for m in self.modules)
        except ModuleNotFoundError:  # the package around a named submodule is absent
            return False


def plain(bits: int, group: int) -> RoundTrip:
    """Round-to-nearest: 16-bit scale and `bits`-bit zero point per `group` weights (0: channel)."""

    def run(w: Float) -> tuple[Float, int]:
        rows, k = w.shape
        size = group or k
        out = np.empty_like(w)
        top = 2**bits - 1
        stored = bits * w.size
        for start in range(0, k, size):
            v = w[:, start : start + size]
            lo = np.minimum(v.min(1, keepdims=True), 0)
            hi = np.maximum(v.max(1, keepdims=True), 0)
            s = ((hi - lo) / top).astype(np.float16).astype(np.float32)
            s[s == 0] = 1
            z = np.clip(np.rint(-lo / s), 0, top)
            out[:, start : start + size] = (np.clip(np.rint(v / s) + z, 0, top) - z) * s
            stored += rows * (16 + bits)
        return out, stored

    return run


def _gguf(kind: str) -> RoundTrip:
    def run(w: Float) -> tuple[Float, int]:
        import gguf

        q = gguf.quantize(w, gguf.GGMLQuantizationType[kind])
        back = gguf.dequantize(q, gguf.GGMLQuantizationType[kind])
        return np.asarray(back, np.float32).reshape(w.shape), 8 * q.nbytes

    return run


def _ggml(kind: str) -> RoundTrip:
    """llama.cpp's own quantizer; K-quants need rows of 256, so the matrix is cut into those."""

    def run(w: Float) -> tuple[Float, int]:
        import gguf

        q = ggml.quantize(w, kind)
        back = gguf.dequantize(q, gguf.GGMLQuantizationType[kind])
        return np.asarray(back, np.float32).reshape(w.shape), 8 * q.nbytes

    return run


def _hqq(bits: int) -> RoundTrip:
    def run(w: Float) -> tuple[Float, int]:
        import torch
        from hqq.core.quantize import Quantizer

        q, meta = Quantizer.quantize(
            torch.from_numpy(w.copy()), nbits=bits, group_size=GROUP, axis=1, device="cpu",
            compute_dtype=torch.float32,
        )  # fmt: skip
        stored = 8 * q.numel() * q.element_size()
        stored += 16 * (meta["scale"].numel() + meta["zero"].numel())
        return Quantizer.dequantize(q, meta).numpy().astype(np.float32), stored

    return run


def _quanto(w: Float) -> tuple[Float, int]:
    import torch
    from optimum.quanto import MaxOptimizer, qint4, quantize_weight

    t = torch.from_numpy(w)
    scale, shift = MaxOptimizer()(t, qint4, 0, GROUP)
    q = quantize_weight(t, qint4, 0, scale, shift, GROUP)
    return q.dequantize().numpy(), 4 * w.size + 16 * (scale.numel() + shift.numel())


def _torchao(w: Float) -> tuple[Float, int]:
    import torch
    from torchao.quantization.quant_primitives import (
        MappingType,
        choose_qparams_affine,
        dequantize_affine,
        quantize_affine,
    )

    t, block = torch.from_numpy(w), (1, GROUP)
    scale, zero = choose_qparams_affine(
        t, MappingType.ASYMMETRIC, block, torch.uint8, quant_min=0, quant_max=15,
        scale_dtype=torch.bfloat16, zero_point_dtype=torch.int8,
    )  # fmt: skip
    q = quantize_affine(t, block, scale, zero, torch.uint8, 0, 15)
    back = dequantize_affine(q, block, scale, zero, torch.uint8, 0, 15, output_dtype=torch.float32)
    return back.numpy(), 4 * w.size + 16 * scale.numel() + 8 * zero.numel()


def _bitsandbytes(w: Float) -> tuple[Float, int]:
    import torch
    from bitsandbytes import functional

    q, state = functional.quantize_4bit(torch.from_numpy(w), blocksize=GROUP, quant_type="nf4")
    stored = 8 * q.numel() + 32 * state.absmax.numel()
    return functional.dequantize_4bit(q, state).numpy().reshape(w.shape), stored


def _onnxruntime(w: Float) -> tuple[Float, int]:
    from onnxruntime.quantization.matmul_nbits_quantizer import (
        DefaultWeightOnlyQuantConfig,
        DefaultWeightOnlyQuantizer,
    )

    config = DefaultWeightOnlyQuantConfig(block_size=GROUP, is_symmetric=False, bits=4)
    quantizer = DefaultWeightOnlyQuantizer(config)
    packed, scales, zeros = quantizer.qbits_block_quant(np.ascontiguousarray(w.T))
    rows, k = w.shape
    codes = np.stack([packed & 15, packed >> 4], axis=-1).reshape(rows, -1).astype(np.float32)
    blocks = scales.reshape(rows, -1).shape[1]
    z = np.stack([zeros & 15, zeros >> 4], axis=-1).reshape(rows, -1)[:, :blocks]
    s = scales.reshape(rows, blocks).astype(np.float32)
    back = (codes - np.repeat(z, GROUP, axis=1)) * np.repeat(s, GROUP, axis=1)
    return np.ascontiguousarray(back[:, :k], np.float32), 8 * (
        packed.nbytes + scales.nbytes + zeros.nbytes
    )


_LLAMA = ("llama-cpp-python", "MIT", ("llama_cpp", "gguf"))

PEERS = (
    Peer("GGUF Q4_0", "gguf", "MIT", ("gguf",), _gguf("Q4_0")),
    Peer("GGUF Q4_1", "gguf", "MIT", ("gguf",), _gguf("Q4_1")),
    Peer("llama.cpp Q3_K", *_LLAMA, _ggml("Q3_K")),
    Peer("llama.cpp IQ3_S", *_LLAMA, _ggml("IQ3_S"), slow=True),
    Peer("llama.cpp IQ4_XS", *_LLAMA, _ggml("IQ4_XS")),
    Peer("llama.cpp Q4_K", *_LLAMA, _ggml("Q4_K")),
    Peer("HQQ 3-bit g64", "hqq", "Apache-2.0", ("hqq", "torch"), _hqq(3)),
    Peer("HQQ 4-bit g64", "hqq", "Apache-2.0", ("hqq", "torch"), _hqq(4)),
    Peer("quanto int4 g64", "optimum-quanto", "Apache-2.0", ("optimum.quanto", "torch"), _quanto),
    Peer("torchao int4 g64", "torchao", "BSD-3-Clause", ("torchao", "torch"), _torchao),
    Peer("bitsandbytes nf4 b64", "bitsandbytes", "MIT", ("bitsandbytes", "torch"), _bitsandbytes),
    Peer("ONNX Runtime int4 b64", "onnxruntime", "MIT", ("onnxruntime", "onnx_ir"), _onnxruntime),
)

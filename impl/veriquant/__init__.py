"""Veriquant: 3.5-bit weight quantization whose kernels are proved.

    >>> import numpy as np, veriquant
    >>> w = np.random.default_rng(0).normal(size=(256, 512)).astype(np.float32)
    >>> q = veriquant.quantize(w)
    >>> float(abs(q.dequantize() - w).max()) < 0.5
    True

`load` and `save` read and write quantized safetensors files (`veriquant.formats`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from veriquant.api import quantize
    from veriquant.errors import QuantizationError
    from veriquant.formats import load, save
    from veriquant.tensor import QuantizedTensor

__all__ = ["QuantizationError", "QuantizedTensor", "load", "quantize", "save"]

#: Where each public name lives: imported at first use, so that `import veriquant` costs nothing.
_HOMES = {
    "QuantizationError": "veriquant.errors",
    "QuantizedTensor": "veriquant.tensor",
    "load": "veriquant.formats",
    "quantize": "veriquant.api",
    "save": "veriquant.formats",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'veriquant' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

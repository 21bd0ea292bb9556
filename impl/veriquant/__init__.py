"""Veriquant: 3.5-bit weight quantization whose kernels are proved.

    >>> import numpy as np, veriquant
    >>> w = np.random.default_rng(0).normal(size=(256, 512)).astype(np.float32)
    >>> q = veriquant.quantize(w)
    >>> float(abs(q.dequantize() - w).max()) < 0.5
    True

`load` and `save` read and write quantized safetensors files (`veriquant.formats`); `check` derives
every claim of a quantized checkpoint again from its source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from veriquant.lazy import lazily

if TYPE_CHECKING:
    from veriquant.api import quantize
    from veriquant.checker import check
    from veriquant.errors import QuantizationError
    from veriquant.formats import BadInputError, load, save
    from veriquant.tensor import QuantizedTensor

    __version__: str

__all__ = [
    "BadInputError",
    "QuantizationError",
    "QuantizedTensor",
    "__version__",
    "check",
    "load",
    "quantize",
    "save",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "BadInputError": "veriquant.formats.errors",
        "QuantizationError": "veriquant.errors",
        "QuantizedTensor": "veriquant.tensor",
        "__version__": "veriquant.version",
        "check": "veriquant.checker",
        "load": "veriquant.formats.store",
        "quantize": "veriquant.api",
        "save": "veriquant.formats.store",
    },
)

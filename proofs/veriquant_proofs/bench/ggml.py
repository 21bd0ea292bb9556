"""llama.cpp's own code, through the C interface of the libraries in `llama-cpp-python`."""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]

#: Weights of a block of the K-quants; rows must be whole blocks.
BLOCK = 256
#: Room for the descriptions of a few tensors and one graph; the data are counted besides.
OVERHEAD_BYTES = 1 << 20


class _Arena(ctypes.Structure):
    """`ggml_init_params`."""

    _fields_ = (
        ("mem_size", ctypes.c_size_t),
        ("mem_buffer", ctypes.c_void_p),
        ("no_alloc", ctypes.c_bool),
    )


class _Plan(ctypes.Structure):
    """`ggml_cplan`; what newer versions add at its end goes into `more`."""

    _fields_ = (
        ("work_size", ctypes.c_size_t),
        ("work_data", ctypes.c_void_p),
        ("n_threads", ctypes.c_int),
        ("threadpool", ctypes.c_void_p),
        ("abort_callback", ctypes.c_void_p),
        ("abort_callback_data", ctypes.c_void_p),
        ("more", ctypes.c_uint8 * 64),
    )


def available() -> bool:
    """Whether the package is installed."""
    return importlib.util.find_spec("llama_cpp") is not None


@cache
def _library(name: str) -> Any:
    spec = importlib.util.find_spec("llama_cpp")
    assert spec is not None and spec.origin is not None
    suffix = "dylib" if sys.platform == "darwin" else "so"
    return ctypes.CDLL(str(Path(spec.origin).parent / "lib" / f"lib{name}.{suffix}"))


@cache
def _function(library: str, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    call: Callable[..., Any] = getattr(_library(library), name)
    call.restype, call.argtypes = result, arguments  # type: ignore[attr-defined]
    return call


def quantize(w: Float, kind: str) -> U8:
    """`w` in blocks of 256 weights: uint8 `[w.size / 256, bytes of a block]`."""
    call = _function(
        "ggml-base", "ggml_quantize_chunk", ctypes.c_size_t, ctypes.c_int, ctypes.c_void_p,
        ctypes.c_void_p, *[ctypes.c_int64] * 3, ctypes.c_void_p,
    )  # fmt: skip
    rows = np.ascontiguousarray(w.reshape(-1, BLOCK))
    out = np.zeros(rows.nbytes, np.uint8)
    count = call(kind_code(kind), rows.ctypes.data, out.ctypes.data, 0, rows.shape[0], BLOCK, None)
    return out[:count].reshape(rows.shape[0], -1)


def kind_code(kind: str) -> int:
    """ggml's number of a type, which `gguf.GGMLQuantizationType` has too."""
    import gguf

    return int(gguf.GGMLQuantizationType[kind].value)


class Product:
    """`y = w x` by ggml's CPU back end: weights of type `kind`, float32 activations.

    As in llama.cpp the activations are quantized inside every call. The weights are in the type's
    plain layout (llama.cpp may reorder some types when it loads a file).
    """

    def __init__(self, w: Float, kind: str, threads: int) -> None:
        rows, channels = w.shape
        data = quantize(w, kind)
        pointer, number = ctypes.c_void_p, ctypes.c_int64
        size = OVERHEAD_BYTES + data.nbytes + 4 * (rows + channels)
        self._arena = _function("ggml-base", "ggml_init", pointer, _Arena)(
            _Arena(size, None, False)
        )
        if not self._arena:
            raise MemoryError(f"ggml_init could not take {size} bytes")
        matrix = _function(
            "ggml-base", "ggml_new_tensor_2d", pointer, pointer, ctypes.c_int, number, number
        )
        place = _function("ggml-base", "ggml_get_data", pointer, pointer)
        weights = matrix(self._arena, kind_code(kind), channels, rows)
        ctypes.memmove(place(weights), data.ctypes.data, data.nbytes)
        self.nbytes = data.nbytes
        inputs = matrix(self._arena, kind_code("F32"), channels, 1)
        multiply = _function("ggml-base", "ggml_mul_mat", pointer, pointer, pointer, pointer)
        output = multiply(self._arena, weights, inputs)
        self._graph = _function("ggml-base", "ggml_new_graph", pointer, pointer)(self._arena)
        expand = _function("ggml-base", "ggml_build_forward_expand", None, pointer, pointer)
        expand(self._graph, output)
        _function("ggml-cpu", "ggml_cpu_init", None)()
        plan = _function("ggml-cpu", "ggml_graph_plan", _Plan, pointer, ctypes.c_int, pointer)
        self._plan = plan(self._graph, threads, None)
        self._work = ctypes.create_string_buffer(max(1, self._plan.work_size))
        self._plan.work_data = ctypes.addressof(self._work)
        self._compute = _function(
            "ggml-cpu", "ggml_graph_compute", ctypes.c_int, pointer, ctypes.POINTER(_Plan)
        )
        self.x = self._view(place(inputs), channels)
        self.y = self._view(place(output), rows)

    @staticmethod
    def _view(address: int, length: int) -> Float:
        """Memory of the arena as an array."""
        return np.ctypeslib.as_array((ctypes.c_float * length).from_address(address))

    def __call__(self) -> Float:
        """Multiply with `x`; the result stands in `y`. Raises RuntimeError where ggml fails."""
        status = self._compute(self._graph, ctypes.byref(self._plan))
        if status != 0:
            raise RuntimeError(f"ggml_graph_compute: status {status}")
        return self.y

    def close(self) -> None:
        """Give the memory back; the arrays are dangling afterwards."""
        del self.x, self.y
        _function("ggml-base", "ggml_free", None, ctypes.c_void_p)(self._arena)

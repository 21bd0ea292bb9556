"""Public functions called with arguments of every kind."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from hypothesis import strategies as st

import veriquant
from veriquant.errors import QuantizationError
from veriquant.tensor import QuantizedTensor
from veriquant_proofs.fuzz.oracle import Fault, call

GOOD = np.random.default_rng(1).normal(size=(4, 10)).astype(np.float32)
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 3, 2**70, 0.5, float("nan"), float("inf"), "", "x", "\ud800", b"x", [], [1],
    [[1], [1, 2]], {}, object(), np.float32, slice(1), np.zeros(0, np.float32),
    np.zeros((0, 3), np.float32), np.zeros((2, 2)), np.zeros((2, 2), np.int8),
    np.zeros((2, 2), object), np.array(["a"]), np.full((2, 2), np.nan, np.float32),
    np.full((2, 2), 3e38, np.float32), np.zeros((1, 1), ml_dtypes.bfloat16),
    np.zeros((2, 2), "datetime64[s]"), np.zeros((2, 2), [("a", "f4")]), np.ones((4, 10), complex),
    np.float32(3), GOOD, GOOD[:, ::-1], GOOD.T, np.ones(10), np.ones((3, 10)), [[1.0] * 10],
    "rtn", "mse", "gptq", "float16", "bfloat16",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its keyword arguments."""

    name: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        shown = ", ".join(f"{key}={value!r:.80}" for key, value in self.arguments.items())
        return f"{self.name}({shown})"


def _tensor() -> QuantizedTensor:
    return veriquant.quantize(GOOD)


def _save(**arguments: Any) -> None:
    """`save` into a folder of its own; a failed one leaves nothing there."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.safetensors"
        try:
            veriquant.save(path, **arguments)
        finally:
            left = {found.name for found in Path(folder).iterdir()} - {path.name}
            if left:
                raise Fault(f"save left {left}")
        veriquant.load(path)


#: Function: what it is, its arguments, the good value of each that must be given, and the errors
#: beside QuantizationError that it documents.
FUNCTIONS: dict[
    str, tuple[Callable[..., Any], tuple[str, ...], dict[str, Any], tuple[type[Exception], ...]]
] = {
    "quantize": (
        veriquant.quantize,
        ("w", "method", "group_size", "scale_dtype", "calibration", "salience", "name"),
        {"w": GOOD}, (),
    ),
    "matmul": (lambda x: _tensor().matmul(x), ("x",), {"x": np.ones(10, np.float32)}, ()),
    "dequantize": (lambda dtype: _tensor().dequantize(dtype), ("dtype",), {"dtype": "f4"}, ()),
    "certificate": (
        lambda source: _tensor().certificate(source), ("source",), {"source": GOOD}, (),
    ),
    "save": (_save, ("tensors", "metadata"), {"tensors": {"a": GOOD}}, (OSError,)),
    "save one": (
        lambda a: _save(tensors={"a": a, "b": _tensor()}), ("a",), {"a": GOOD}, (OSError,),
    ),
    "load": (lambda path: veriquant.load(path), ("path",), {"path": "none"}, (OSError,)),
}  # fmt: skip


def calls() -> st.SearchStrategy[Call]:
    """A public function with one or two odd arguments among good ones."""

    def of(name: str) -> st.SearchStrategy[Call]:
        _, keys, good, _ = FUNCTIONS[name]
        odd = st.dictionaries(st.sampled_from(keys), st.sampled_from(ODD), min_size=1, max_size=2)
        return odd.map(lambda chosen: Call(name, {**good, **chosen}))

    return st.sampled_from(sorted(FUNCTIONS)).flatmap(of)


def try_call(chosen: Call) -> None:
    """Run it; raises Fault for an error that is not documented."""
    function, _, _, documented = FUNCTIONS[chosen.name]
    call(str(chosen), lambda: function(**chosen.arguments), QuantizationError, *documented)

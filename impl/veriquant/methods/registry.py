"""The methods: what chooses codes and grids, and what is proved of it. A new one is added here.

A method is a function `quantize(weights, perm, group_size, scale_dtype, *, name, ...)` in a module
of its own, which is imported when the method is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from veriquant.tensor import QuantizedTensor

MethodName = Literal["rtn", "gptq", "mse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way to quantize.

    home    module whose `quantize` it is
    proved  every weight is within half a step (T1c); else the error is measured
    """

    home: str
    proved: bool

    @property
    def function(self) -> Callable[..., QuantizedTensor]:
        """Its `quantize`."""
        found: Callable[..., QuantizedTensor] = import_module(self.home).quantize
        return found


METHODS: Mapping[str, Method] = {
    "rtn": Method(home="veriquant.methods.rtn", proved=True),
    "gptq": Method(home="veriquant.methods.gptq", proved=False),
    "mse": Method(home="veriquant.methods.mse", proved=False),
}

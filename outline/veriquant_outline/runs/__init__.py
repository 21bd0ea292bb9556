"""Checks that run something, by the name that a claim's `check` gives.

Each function takes the inputs of its claim and reports what it found; none knows its verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from veriquant_outline.model import Check
from veriquant_outline.runs import (
    accumulator,
    capacity,
    cost,
    growth,
    measurements,
    quantizer,
    statements,
    storage,
)

_MODULES: tuple[ModuleType, ...] = (
    accumulator, capacity, cost, growth, quantizer, statements, storage, measurements,
)  # fmt: skip


def _checks(module: ModuleType) -> dict[str, Check]:
    return {name.replace("_", "-"): getattr(module, name) for name in module.CHECKS}


#: `narrow-saturation` -> `quantizer.narrow_saturation`, and so on.
RUNS: Mapping[str, Check] = {
    name: check for module in _MODULES for name, check in _checks(module).items()
}

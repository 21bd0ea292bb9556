"""Random arguments of core types, edges among them, and modules made of printed programs."""

from __future__ import annotations

import importlib.util
import itertools
import random
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

from veriquant_proofs.core.syntax import Function
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
)

_serial = itertools.count()


def load(text: str, folder: Path) -> ModuleType:
    """A module of that text, in a file of its own."""
    name = f"random_program_{next(_serial)}"
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def arguments(function: Function, chosen: random.Random) -> dict[str, Any]:
    """Random arguments of the parameters' types."""
    return {p.name: argument(p.type, chosen) for p in function.parameters}


def argument(kind: Type, chosen: random.Random) -> Any:
    """A random value; sequences are short, rows of a matrix of different lengths."""
    match kind:
        case BoolType():
            return chosen.random() < 0.5
        case RealType():
            return Fraction(chosen.randint(-12, 12), chosen.choice([1, 1, 2, 3, 7]))
        case IntType(range=bounds):
            low, high = bounds or (-40, 40)
            if chosen.random() < 0.3:
                return chosen.choice([v for v in (low, high, 0, 1, -1) if low <= v <= high])
            return chosen.randint(low, high)
        case TupleType(items=items):
            return tuple(argument(item, chosen) for item in items)
        case SequenceType(element=element):
            return [argument(element, chosen) for _ in range(chosen.choice([0, 1, 1, 2, 3, 4, 6]))]
        case MatrixType(element=element):
            row = SequenceType(element=element)
            return [argument(row, chosen) for _ in range(chosen.choice([0, 1, 2, 2, 3]))]

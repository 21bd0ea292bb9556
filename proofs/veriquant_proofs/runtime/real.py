"""The Python function behind a core function, and what a call of it does."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from veriquant_proofs.core.printer import show_value
from veriquant_proofs.core.syntax import Function, FunctionId
from veriquant_proofs.core.values import copied
from veriquant_proofs.places import REPOSITORY

#: Longest text of a value or error on a line.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call did: its result and the arguments afterwards, or the error it raised."""

    result: Any = None
    arguments: tuple[Any, ...] = ()
    error: str | None = None

    @property
    def text(self) -> str:
        """In words."""
        if self.error is not None:
            return f"the function raises {self.error}"
        return f"the function itself returns {show_value(self.result, SHOWN)}"


def call_text(function: FunctionId, values: Mapping[str, object]) -> str:
    """The call as a person would type it."""
    shown = ", ".join(f"{name}={show_value(value, SHOWN)}" for name, value in values.items())
    return f"{function.name}({shown})"


def real_function(function: Function) -> Callable[..., Any]:
    """What Python calls by the function's name, from the file that the core was read from.

    Raises whatever importing that file raises, and AttributeError where it defines no such name.
    """
    found: Callable[..., Any] = getattr(
        load(function.id.module, (REPOSITORY / function.file).resolve()), function.id.name
    )
    return found


@cache
def load(name: str, path: Path) -> ModuleType:
    """The module of that name, if it is that file's; else one made from the file."""
    found = _imported(name, path)
    if found is not None:
        return found
    package = path.parent if path.stem == "__init__" else path
    folder = str(package.parents[name.count(".")])
    sys.path.insert(0, folder)  # files beside it import each other, as when Python runs one
    try:
        found = _imported(name, path)
        if found is not None:
            return found
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is no Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(folder)


def _imported(name: str, path: Path) -> ModuleType | None:
    """The module that Python imports by a name, if it is that file's."""
    try:
        module = importlib.import_module(name)
    except ImportError:
        return None
    known = getattr(module, "__file__", None)
    return module if known is not None and Path(known).resolve() == path else None


def run_real(function: Callable[..., Any], values: Mapping[str, Any]) -> Outcome:
    """Call a function with its contracts on; `values` in the order of its parameters."""
    arguments = [copied(value) for value in values.values()]
    try:
        result = function(*arguments)
    except Exception as error:
        reason = " ".join(str(error).split())
        return Outcome(error=f"{type(error).__name__}: {reason[:SHOWN]}")
    return Outcome(result, tuple(arguments))

"""Loads a changed copy of a module without touching the real one."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from veriquant_proofs.vcgen.engine import generate_function
from veriquant_proofs.vcgen.source import read
from veriquant_proofs.vcgen.vc import KernelVCs


def load(text: str, module: str, directory: Path) -> ModuleType:
    """Import `text` as a module called `module`, from a new file in `directory`.

    The module does not enter `sys.modules`: whoever imports that name still gets the real one.
    The file is named by its content, because the generator remembers files that it has read.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = directory / f"{module.rpartition('.')[2]}_{digest}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(module, path)
    if spec is None or spec.loader is None:  # pragma: no cover - a .py path always has a loader
        raise ImportError(f"cannot load {path}")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def obligations(function: Callable[..., Any]) -> KernelVCs:
    """Everything generated for one marked function of a copy.

    Raises VerificationSubsetError for a construct outside the verified subset.
    """
    return generate_function(read(function))


def source_of(module: ModuleType) -> str:
    """Text of a module's file."""
    return Path(inspect.getfile(module)).read_text(encoding="utf-8")

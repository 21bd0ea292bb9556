"""Loads a changed copy of a module without touching the real one."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
from pathlib import Path
from types import ModuleType


def load(text: str, module: str, directory: Path) -> ModuleType:
    """Import `text` as a module called `module`, from a new file in `directory`.

    The module does not enter `sys.modules`: whoever imports that name still gets the real one.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = directory / f"{module.rpartition('.')[2]}_{digest}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(module, path)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def source_of(module: ModuleType) -> str:
    """Text of a module's file."""
    return Path(inspect.getfile(module)).read_text(encoding="utf-8")

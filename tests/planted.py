"""Kernels of a test's own, in a file of their own, read and verified like a user's."""

from __future__ import annotations

import hashlib
from pathlib import Path

from veriquant_proofs.frontend import Source, read_files
from veriquant_proofs.generated import generated
from veriquant_proofs.obligations import KernelVCs
from veriquant_proofs.solvers.cache import Cache


def written(code: str, directory: Path) -> Path:
    """A module `planted.py` in a folder of its own: a module of one name is imported once."""
    digest = hashlib.sha256(code.encode()).hexdigest()[:12]
    folder = directory / f"planted-{digest}"
    folder.mkdir(exist_ok=True)
    path = folder / "planted.py"
    path.write_text(code, encoding="utf-8")
    return path


def planted(code: str, directory: Path) -> Source:
    """The program of a text. Raises VerificationSubsetError."""
    return read_files([written(code, directory)])


def obligations(source: Source) -> list[KernelVCs]:
    """All obligations of a program."""
    return generated(source, source.verified(), Cache(None))

"""What is wrong with a program that the verifier does not read."""

from __future__ import annotations

from pathlib import Path

from veriquant_proofs.core.syntax import Place


class WellFormedError(Exception):
    """A program that the verifier does not read: `message` says why and what to write instead."""

    def __init__(self, place: Place, file: Path, message: str) -> None:
        self.place, self.file, self.message = place, file, message
        super().__init__(f"{file}:{place.line}:{place.column}: {message}")

"""What is outside the verified subset, and where."""

from __future__ import annotations

import ast
from pathlib import Path

from veriquant_proofs.places import shown


class VerificationSubsetError(Exception):
    """A construct outside the verified subset, with its place: `file:line:column: construct`."""

    def __init__(self, file: Path, line: int, column: int, construct: str) -> None:
        self.file, self.line, self.column, self.construct = file, line, column, construct
        super().__init__(f"{file}:{line}:{column + 1}: {construct}")


def refused(file: Path, node: ast.AST | None, construct: str) -> VerificationSubsetError:
    """The error for a construct at a node of a file."""
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    return VerificationSubsetError(shown(file), line, column, construct)

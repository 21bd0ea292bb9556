"""The error of bad files: like `QuantizationError`, and it names the file."""

from __future__ import annotations

from pathlib import Path

from veriquant.errors import QuantizationError
from veriquant.text import printable


class SkippedTensorWarning(UserWarning):
    """A tensor of a file was left out of what was loaded; says which one and why."""


class BadInputError(QuantizationError):
    """A file that cannot be used; says where (file, tensor, position), what value, and the remedy.

    Nothing has been written under a final name when it is raised.
    """

    def __init__(
        self,
        problem: str,
        *,
        remedy: str,
        file: Path | str | None = None,
        tensor: str | None = None,
        position: str | None = None,
        value: object = None,
    ) -> None:
        super().__init__(problem, remedy=remedy, tensor=tensor, position=position, value=value)
        self.file = None if file is None else str(file)
        if self.file is not None:
            self.args = (f"{printable(self.file)}: {self.args[0]}",)

    @classmethod
    def of(cls, error: QuantizationError, file: Path, tensor: str) -> BadInputError:
        """An array's error with the file and tensor it stands in."""
        return cls(
            error.problem, remedy=error.remedy, file=file, tensor=tensor,
            position=error.position, value=error.value,
        )  # fmt: skip
